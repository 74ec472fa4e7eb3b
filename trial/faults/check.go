package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/trial/rig"
)

// check looks at what must hold after every round, whatever happened in it:
//   - the agent runs, and sees LM Studio as it is;
//   - no row that was shown or acknowledged is lost, and none is told twice;
//   - every run that OpenClaw recorded is told of, once;
//   - the config is whole, the old one or the new one, with comments and secrets;
//   - no model is in memory twice;
//   - no temporary file is left;
//   - nothing crashed, and no secret is in a log.
func (l *lane) check(i int) error {
	if err := l.settle(); err != nil {
		return err
	}
	if err := l.whole(i); err != nil {
		// Damage that a start did not find is met by who reads that place.
		if !l.damaged || !strings.Contains(err.Error(), "is damaged") {
			return err
		}
		if err := l.aside(); err != nil {
			return err
		}
	}
	if err := l.leftovers(); err != nil {
		return err
	}
	return l.logs()
}

// whole looks whether all is there that was shown or acknowledged.
func (l *lane) whole(i int) error {
	ctx, cancel := context.WithTimeout(l.ctx, settleLimit)
	defer cancel()
	if err := l.compareLoads(ctx); err != nil {
		return err
	}
	if err := l.compareRevisions(ctx); err != nil {
		return err
	}
	if err := l.mail.check(l); err != nil {
		return err
	}
	if i%8 != 7 {
		return nil
	}
	return l.restore(ctx, l.rng)
}

// settle waits until the agent sees the world as it is, keeps what it is to keep,
// has nothing to complain about and tells of all runs.
func (l *lane) settle() error {
	if err := l.foundLater(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(l.ctx, settleLimit)
	defer cancel()
	told := ""
	for {
		why, err := l.unsettled(ctx)
		if l.plan.verbose && why != told {
			fmt.Fprintf(l.plan.log, "lane %d %s: %s\n", l.n, time.Now().Format("05.000"), why)
			told = why
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err == nil && why == "" {
			return nil
		}
		if end := l.Agent.End(); end != nil {
			return fmt.Errorf("the agent ended by itself: %w", end)
		}
		select {
		case <-ctx.Done():
			if l.ctx.Err() != nil {
				return l.ctx.Err()
			}
			return fmt.Errorf("after %s still: %s: %w", settleLimit, why, errors.Join(err, rig.ErrSlow))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// unsettled says what is not yet as it should be, "" for nothing.
func (l *lane) unsettled(ctx context.Context) (string, error) {
	st, err := l.Client().Status(ctx)
	if err != nil {
		return "", err
	}
	main := st.Servers[0]
	if main.State != backend.ServerUp {
		return "LM Studio is " + string(main.State), nil
	}
	real, err := l.LM.Instances()
	if err != nil {
		return "", err
	}
	var there, shown []string
	for _, i := range real {
		there = append(there, i.ID)
		if strings.HasSuffix(i.ID, ":2") {
			return "", fmt.Errorf("a second instance was put into memory: %+v", real)
		}
	}
	for _, m := range main.Models {
		for _, i := range m.Instances {
			shown = append(shown, i.ID)
		}
	}
	slices.Sort(there)
	slices.Sort(shown)
	if !slices.Equal(there, shown) {
		return fmt.Sprintf("LM Studio has %v, and %v is shown", there, shown), nil
	}
	if st.Keep.Model != rig.Primary() {
		return "", fmt.Errorf("the choice of the model to keep is lost: %+v", st.Keep)
	}
	// After losses, and when the server has just come back, it rightly waits.
	if k := st.Keep.State; k != backend.KeepWarm && k != backend.KeepWaiting && k != backend.KeepBlocked {
		return fmt.Sprintf("the kept model is %s, %+v", k, st.Keep.Reason), nil
	}
	for _, n := range st.Notices {
		if n.Code == "history_not_written" {
			if l.damaged && strings.Contains(n.Text, "is damaged") {
				return n.Text, l.aside()
			}
			return n.Text, nil
		}
		if n.Code == "keep_lost" || n.Code == "duplicate_instance" {
			return "", fmt.Errorf("a notice: %+v", n)
		}
	}
	if st.OpenClaw == nil || !st.OpenClaw.ConfigValid {
		return "OpenClaw's config counts as broken", nil
	}
	missing, err := l.compareFalls(ctx, l.patience)
	if err != nil || len(missing) > 0 {
		return fmt.Sprintf("%d runs are not told of, such as %v", len(missing), missing[:min(len(missing), 3)]), err
	}
	return "", nil
}

// leftovers finds what should have been cleared away.
func (l *lane) leftovers() error {
	for _, dir := range []string{l.State, filepath.Dir(l.Claw.ConfigPath())} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			name := e.Name()
			if strings.HasPrefix(name, ".tmp-") || strings.HasPrefix(name, ".pilotlight") || strings.Contains(name, ".new") {
				return fmt.Errorf("a temporary file is left: %s", filepath.Join(dir, name))
			}
		}
	}
	return nil
}

// bad is what no log may have.
var bad = []string{"panic:", "fatal error:", "goroutine ", "DATA RACE", "oc-secret-gateway-token", "sk-ant-secret-0123456789"}

// logs looks at what the logs have since the last time.
func (l *lane) logs() error {
	words := slices.Clone(bad)
	for _, r := range []backend.Rights{backend.RightsFull, backend.RightsRead} {
		if t, err := agent.Token(l.State, r); err == nil {
			words = append(words, t)
		}
	}
	for _, path := range []string{agent.LogPath(l.State), l.Stderr()} {
		text, err := l.newIn(path)
		if err != nil && !gone(err) {
			return err
		}
		for _, word := range words {
			if at := bytes.Index(text, []byte(word)); at >= 0 {
				return fmt.Errorf("%s has %q:\n%s", filepath.Base(path), word, text[max(0, at-200):min(len(text), at+6000)])
			}
		}
	}
	return nil
}

// newIn reads on in a log; one that is shorter than before began anew.
func (l *lane) newIn(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if fi.Size() < l.logAt[path] {
		l.logAt[path] = 0
	}
	if _, err := f.Seek(l.logAt[path], io.SeekStart); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(f)
	l.logAt[path] += int64(len(text))
	return text, err
}
