package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/trial/rig"
)

func keptModel() string { return rig.Primary() }

// oldDatabases is where the databases of every earlier version are.
const oldDatabases = "store/testdata"

// migrate gives the lane an old database, upgrades it amid kills, and puts the
// lane's own back.
func (l *lane) migrate() error {
	if err := l.stop(); err != nil {
		return err
	}
	own, path := agent.DatabasePath(l.State)+".own", agent.DatabasePath(l.State)
	if err := os.Rename(path, own); err != nil {
		return err
	}
	version := 1 + l.rng.IntN(4)
	base := filepath.Join(oldDatabases, fmt.Sprint("v", version))
	for _, step := range []func() error{
		func() error { return command("cp", base+".db", path) },
		l.upgradeAmidKills,
		func() error { return l.hasRowsOf(base + ".json") },
		l.leftovers,
		l.stop,
		func() error { return l.clearUpgrade(path) },
		func() error { return os.Rename(own, path) },
		l.start,
	} {
		if err := step(); err != nil {
			return fmt.Errorf("version %d: %w", version, err)
		}
	}
	return nil
}

func (l *lane) upgradeAmidKills() error {
	for range 3 {
		if err := l.launch(); err != nil {
			return err
		}
		l.trap.KillAt(1 + l.rng.IntN(60))
		if _, err := l.Agent.FirstLine(startLimit); err == nil {
			l.rep.fact("upgrades that no kill met")
		}
		l.kill()
	}
	return l.start()
}

// hasRowsOf looks whether the agent tells of all that an old database held.
func (l *lane) hasRowsOf(expected string) error {
	raw, err := os.ReadFile(expected)
	if err != nil {
		return err
	}
	var want struct {
		Loads     []backend.Load     `json:"loads"`
		Fallbacks []backend.Fallback `json:"fallbacks"`
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(l.ctx, settleLimit)
	defer cancel()
	loads, err := l.Client().Loads(ctx, backend.LoadQuery{Limit: 1000})
	if err != nil {
		return err
	}
	there := map[int64]backend.Load{}
	for _, row := range loads.Items {
		there[row.ID] = row
	}
	for _, w := range want.Loads {
		if got, ok := there[w.ID]; !ok || got.At != w.At || got.Event != w.Event {
			return fmt.Errorf("load %d is %+v, and was %+v", w.ID, got, w)
		}
	}
	for _, w := range want.Fallbacks {
		story, err := l.Client().Fallback(ctx, w.ID)
		if err != nil {
			return fmt.Errorf("fallback %d: %w", w.ID, err)
		}
		if story.Fallback.At != w.At || story.Fallback.Requested != w.Requested {
			return fmt.Errorf("fallback %d is %+v, and was %+v", w.ID, story.Fallback, w)
		}
	}
	return nil
}

// clearUpgrade removes the old database, and requires the copy from before.
func (l *lane) clearUpgrade(path string) error {
	names, err := filepath.Glob(path + "*")
	if err != nil {
		return err
	}
	copies := 0
	for _, name := range names {
		if strings.Contains(name, ".before-v") {
			copies++
		}
		if !strings.HasSuffix(name, ".own") {
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	if copies != 1 {
		return fmt.Errorf("%d copies were made before the upgrade: %v", copies, names)
	}
	return nil
}
