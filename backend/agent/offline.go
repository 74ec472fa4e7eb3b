package agent

import (
	"context"
	"errors"

	"pilotlight/backend/source/openclaw/config"
	"pilotlight/store"
)

// ReadDesk is a Desk where no agent runs, for reading and dry runs alone: it keeps
// nothing and knows no revisions.
func ReadDesk(c DeskConfig) *Desk {
	return &Desk{src: config.New(config.Options{Env: c.Env, Log: c.Log, Now: c.Now}), cfg: c}
}

// OpenDesk is a Desk where no agent runs, over the history in a state folder. It
// fails with already_running where an agent does. close gives the folder back.
func OpenDesk(ctx context.Context, home string, c DeskConfig) (d *Desk, closeDesk func() error, err error) {
	if err := prepareHome(home); err != nil {
		return nil, nil, err
	}
	held, err := lock(home)
	if err != nil {
		return nil, nil, err
	}
	db, _, err := store.Open(ctx, DatabasePath(home), c.Now)
	if err != nil {
		return nil, nil, errors.Join(err, held.Close())
	}
	if d, err = NewDesk(ctx, db, c); err != nil {
		return nil, nil, errors.Join(err, db.Close(), held.Close())
	}
	return d, func() error { return errors.Join(db.Close(), held.Close()) }, nil
}
