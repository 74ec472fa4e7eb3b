package agent

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"pilotlight/backend"
	"pilotlight/backend/home"
)

// savedPeer is another Pilotlight as the state folder keeps it. It is the only
// place where its token is.
type savedPeer struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	URL      string `json:"url"`
	Token    string `json:"token"`
	Instance string `json:"instance,omitempty"` // tells it from every other, where its version tells
}

// peerFile is peers.json in the state folder, readable by its owner alone. The
// tokens are not in the database, which people copy about as a backup.
type peerFile struct {
	path string
	mu   sync.Mutex // one change at a time
	list atomic.Pointer[[]savedPeer]
}

// peerFileCap bounds the file, in bytes.
const peerFileCap = 1 << 20

// openPeers reads the file. One that cannot be understood is put aside, under the
// name that comes back.
func openPeers(dir string) (f *peerFile, aside string, err error) {
	f = &peerFile{path: filepath.Join(dir, "peers.json")}
	f.list.Store(&[]savedPeer{})
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, "", nil
	}
	var b []byte
	if err == nil && info.Size() <= peerFileCap {
		b, err = os.ReadFile(f.path)
	}
	if err != nil {
		return nil, "", cannotWrite(dir, err)
	}
	if err := tighten(f.path); err != nil {
		return nil, "", err
	}
	var kept struct {
		Peers []savedPeer `json:"peers"`
	}
	if json.Unmarshal(b, &kept) != nil {
		aside = f.path + ".unreadable"
		if err := os.Rename(f.path, aside); err != nil {
			return nil, "", cannotWrite(dir, err)
		}
		return f, aside, nil
	}
	good := slices.DeleteFunc(kept.Peers, func(p savedPeer) bool { return p.ID == "" || p.URL == "" || p.Token == "" })
	good = good[:min(len(good), mostPeers)]
	f.list.Store(&good)
	return f, "", nil
}

// all are the peers; the slice is never changed.
func (f *peerFile) all() []savedPeer { return *f.list.Load() }

// change writes what do makes of a copy of the list; nothing has changed where
// there is an error.
func (f *peerFile) change(do func([]savedPeer) ([]savedPeer, error)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	next, err := do(slices.Clone(f.all()))
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(map[string]any{"peers": next}, "", "  ")
	if err == nil {
		err = home.WriteFile(f.path, append(b, '\n'), 0o600)
	}
	if err != nil {
		return cannotWrite(filepath.Dir(f.path), err)
	}
	f.list.Store(&next)
	return nil
}

// find is a peer's place by its id, or by its name where only one has it. The
// error is not_found.
func find(list []savedPeer, ref string) (int, error) {
	if i := slices.IndexFunc(list, func(p savedPeer) bool { return p.ID == ref }); i >= 0 {
		return i, nil
	}
	at := -1
	for i, p := range list {
		if !strings.EqualFold(p.Name, ref) {
			continue
		}
		if at >= 0 {
			return 0, &backend.Error{Code: backend.CodeNotFound, Message: "More than one machine has this name.", Hint: "Use its id: pilotlight peers"}
		}
		at = i
	}
	if at < 0 {
		return 0, &backend.Error{Code: backend.CodeNotFound, Message: "No other Pilotlight of this id or name was added here.", Hint: "See those there are: pilotlight peers"}
	}
	return at, nil
}
