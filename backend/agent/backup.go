package agent

import (
	"context"

	"pilotlight/store"
)

// Backup writes a copy of a state folder's history to a file that is not there yet,
// whether an agent runs or not; one that runs goes on.
func Backup(ctx context.Context, home, file string) error {
	return store.Copy(ctx, DatabasePath(home), file)
}
