package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/mattn/go-sqlite3" // what the state is damaged with

	"pilotlight/backend"
	"pilotlight/backend/agent"
)

// playDBDamage damages the database of a dead agent. The damaged file must be put
// aside and that be told, or everything be readable all the same.
func (l *lane) playDBDamage() error {
	if err := l.calmly(); err != nil {
		return err
	}
	if l.rng.IntN(2) == 0 {
		l.kill()
	} else if err := l.stop(); err != nil {
		return err
	}
	path := agent.DatabasePath(l.State)
	what := l.rng.IntN(6)
	if err := l.damage(path, what); err != nil {
		return err
	}
	l.damaged = true
	return l.afterDamage(path)
}

// damage is what disks, cleaning programs and people do to a file.
func (l *lane) damage(path string, what int) error {
	switch what {
	case 0: // some pages are something else
		return garble(path, l.rng.Int64N(max(1, size(path)/4096))*4096, l.random(4096))
	case 1: // its end is missing
		return os.Truncate(path, l.rng.Int64N(max(1, size(path))))
	case 2:
		return garble(path, 0, l.random(100))
	case 3: // the log of writes is something else from somewhere on
		wal := path + "-wal"
		if n := size(wal); n > 0 {
			return garble(wal, l.rng.Int64N(n), l.random(2000))
		}
		return os.WriteFile(wal, l.random(5000), 0o600)
	case 4: // only the log is left
		return os.Remove(path)
	}
	return os.Truncate(path, 0)
}

func (l *lane) random(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(l.rng.Uint32())
	}
	return b
}

func garble(path string, at int64, with []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(with, at)
	return errors.Join(err, f.Close())
}

// afterDamage starts the agent. Damage that a start does not look for is found by
// who meets it; then that is said, and the next start puts the file aside.
func (l *lane) afterDamage(path string) error {
	for range 2 {
		l.known.forget(l.turned) // a look at half a history may have told of some of it
		if err := l.start(); err != nil {
			return err
		}
		aside, err := l.toldAside(path)
		if err != nil {
			return err
		}
		if aside {
			l.rep.fact("damaged databases put aside")
			l.damaged = false
			return l.chosen()
		}
		err = l.readable()
		if err == nil {
			l.rep.fact("damage without harm")
			return l.choose() // an older state may be from before the choice
		}
		if !strings.Contains(err.Error(), "damaged") {
			return fmt.Errorf("damage is met without a word for it: %w", err)
		}
		if err := l.stop(); err != nil {
			return err
		}
	}
	return errors.New("a damaged database was not put aside by the next start")
}

// aside does what the agent asks for when it meets damage in use: a restart, which
// puts the file aside.
func (l *lane) aside() error {
	if err := l.stop(); err != nil {
		return err
	}
	l.rep.fact("damage met in use")
	return l.afterDamage(agent.DatabasePath(l.State))
}

// foundLater takes in that a start found damage that was done in an earlier round: one
// after a clean stop does not look through the whole file, one after a kill does.
func (l *lane) foundLater() error {
	if !l.damaged {
		return nil
	}
	path := agent.DatabasePath(l.State)
	kept, err := filepath.Glob(path + ".corrupt-*")
	if err != nil || len(kept) == 0 {
		return err
	}
	l.damaged = false
	l.known.forget(l.turned)
	if l.starts > 1 { // the one that put it aside may have been killed before it could say so
		l.rep.fact("damage found by one of several starts")
	} else {
		l.rep.fact("damage found by a later start")
	}
	if _, err := l.toldAside(path); err != nil {
		return err
	}
	return l.chosen()
}

// chosen looks whether the choice is still there where the agent says so after it put
// a database aside, and chooses again where it says that the choice is lost.
func (l *lane) chosen() error {
	st, err := l.Client().Status(l.ctx)
	if err != nil {
		return err
	}
	for _, n := range st.Notices {
		switch {
		case n.Code != "history_set_aside":
		case strings.Contains(n.Hint, "kept loaded as before"):
			if st.Keep.Model != keptModel() {
				return fmt.Errorf("the choice is said to be as before: %+v, %+v", n, st.Keep)
			}
			l.rep.fact("choices that outlived the database")
			return nil
		case st.Keep.Model != "" || !strings.Contains(n.Hint, "choose it again"):
			return fmt.Errorf("the choice is not said to be lost: %+v, %+v", n, st.Keep)
		}
	}
	l.rep.fact("choices that went with the database")
	return l.choose()
}

// choose chooses the model to keep.
func (l *lane) choose() error {
	_, err := l.Client().SetKeep(l.ctx, backend.Target{Model: keptModel(), Policy: backend.Always})
	return err
}

// toldAside says whether the agent put the database aside, told so and kept the file.
func (l *lane) toldAside(path string) (bool, error) {
	st, err := l.Client().Status(l.ctx)
	if err != nil {
		return false, err
	}
	kept, err := filepath.Glob(path + ".corrupt-*")
	if err != nil {
		return false, err
	}
	for _, n := range st.Notices {
		if n.Code != "history_set_aside" {
			continue
		}
		for _, name := range kept {
			if strings.Contains(n.Hint, name) {
				for _, name := range kept {
					_ = os.Remove(name) // the disk is small
				}
				return true, nil
			}
		}
		return false, fmt.Errorf("a notice names no file that is there: %+v, %v", n, kept)
	}
	if len(kept) > 0 {
		return false, fmt.Errorf("%v was put aside without a word", kept)
	}
	return false, nil
}

// readable asks for all that the history has.
func (l *lane) readable() error {
	ctx, cancel := context.WithTimeout(l.ctx, settleLimit)
	defer cancel()
	if err := l.compareLoads(ctx); err != nil {
		return err
	}
	if _, err := l.compareFalls(ctx, settleLimit); err != nil {
		return err
	}
	return l.compareRevisions(ctx)
}

// playStateDamage puts nonsense where the agent keeps what it needs for itself: how
// far it read, which runs are under way, what secrets are masked with.
func (l *lane) playStateDamage() error {
	if err := l.stop(); err != nil {
		return err
	}
	nonsense := l.random(1 + l.rng.IntN(200))
	names := []string{"journal", "config_mask", "watch", "settings", "seen_fallback", "asked"}
	name := names[l.rng.IntN(len(names))]
	db, err := sql.Open("sqlite3", "file:"+agent.DatabasePath(l.State)+"?mode=rw")
	if err != nil {
		return err
	}
	_, err = db.Exec(`UPDATE state SET value = ? WHERE name = ?`, nonsense, name)
	if err == nil {
		_, err = db.Exec(`UPDATE cursors SET offset = offset + ?`, l.rng.Int64N(5000)-2500)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	l.known.forgetRuns() // those under way are lost with it, and what a cursor was led past
	return l.start()
}

// playTokenDamage leaves a broken token behind, as a lost power supply does. A new
// one must be made: a token that cannot be sent lets nobody in.
func (l *lane) playTokenDamage() error {
	l.kill()
	path := filepath.Join(l.State, "token")
	broken := [][]byte{{}, make([]byte, 65), l.random(64), []byte("short\n"), bytes.Repeat([]byte(" \n"), 40)}[l.rng.IntN(5)]
	if err := os.WriteFile(path, broken, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(l.State, "peers.json"), broken, 0o600); err != nil {
		return err
	}
	if err := l.start(); err != nil {
		return err
	}
	_ = os.Remove(filepath.Join(l.State, "peers.json.unreadable"))
	t, err := agent.Token(l.State, backend.RightsFull)
	if err != nil {
		return err
	}
	for _, r := range t {
		if r <= ' ' || r > '~' {
			return fmt.Errorf("the token cannot be sent: %q", t)
		}
	}
	return nil
}
