package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
)

// holdLock runs a statement that takes a lock and keeps it until its standard
// input ends.
func holdLock(path, statement string) error {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(statement); err != nil {
		return err
	}
	fmt.Println("locked")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// killRow is the row that the helper writes as number n, so that the parent
// knows what every id must hold.
func killRow(n int64) backend.Load {
	row := sample(int(n))
	row.InstanceID = fmt.Sprint("instance-", n%17)
	row.Event = backend.Loaded
	if n%3 == 0 {
		row.Event = backend.Unloaded
	}
	row.Detail = fmt.Sprint("row ", n)
	return row
}

// writeUntilKilled is the helper: it writes rows in batches of changing size and
// prints the last id of a batch once that is committed.
func writeUntilKilled() int {
	ctx := context.Background()
	s, report, err := store.Open(ctx, os.Getenv("HELPER_PATH"), fixed)
	if err != nil || report.SetAside != "" {
		fmt.Fprintln(os.Stderr, "helper:", err, report)
		return 1
	}
	page, err := s.Loads(ctx, backend.LoadQuery{Limit: 1})
	if err != nil {
		fmt.Fprintln(os.Stderr, "helper:", err)
		return 1
	}
	next := int64(1)
	if len(page.Items) == 1 {
		next = page.Items[0].ID + 1
	}
	for {
		var batch []backend.Load
		for range 1 + next%20 {
			batch = append(batch, killRow(next))
			next++
		}
		stored, err := s.AddLoads(ctx, batch)
		if err != nil {
			fmt.Fprintln(os.Stderr, "helper:", err)
			return 1
		}
		fmt.Println(stored[len(stored)-1].ID)
	}
}

// A killed program loses nothing that AddLoads returned, and nothing is half
// there, wherever the kill falls: in a commit, a checkpoint, a start or the
// making of the database.
func TestKill(t *testing.T) {
	const (
		wanted = 10_000
		rounds = 25
	)
	random := rand.New(rand.NewPCG(1, 2))
	path := filepath.Join(quickDir(t), "pilotlight.db")
	var printed int64
	kills := 0
	for kills < rounds || printed < wanted {
		pause := time.Duration(random.Int64N(int64(60 * time.Millisecond)))
		if last := runAndKill(t, "write", path, pause); last > printed {
			printed = last
		}
		kills++
		if kills > 40*rounds {
			t.Fatalf("%d kills for %d rows", kills, printed)
		}
		checkKilled(t, path, printed)
	}
	t.Logf("%d kills, %d rows", kills, printed)
}

// runAndKill starts a helper, kills it after a while and returns the last number
// that it printed.
func runAndKill(t *testing.T, helper, path string, after time.Duration) (last int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"="+helper, "HELPER_PATH="+path)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		id, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			break // the kill cut the line
		}
		last = id
	}
	_ = cmd.Wait() // killed, so always an error
	if stderr.Len() > 0 {
		t.Fatal(stderr.String())
	}
	return last
}

func checkKilled(t *testing.T, path string, printed int64) {
	t.Helper()
	s, report, err := store.Open(t.Context(), path, fixed)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if report.SetAside != "" {
		t.Fatalf("set aside: %+v", report)
	}
	var verdict string
	if err := s.Writer().QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Fatalf("integrity_check: %s, %v", verdict, err)
	}
	rows := allLoads(t, s)
	if int64(len(rows)) < printed {
		t.Fatalf("%d rows, but %d were promised", len(rows), printed)
	}
	present := map[string]backend.Load{}
	for i := len(rows) - 1; i >= 0; i-- {
		row := rows[i]
		n := int64(len(rows) - i)
		want := killRow(n)
		want.ID = n
		if !reflect.DeepEqual(row, want) {
			t.Fatalf("row %d is %+v, want %+v", n, row, want)
		}
		if row.Event == backend.Loaded {
			present[row.InstanceID] = row
		} else {
			delete(present, row.InstanceID)
		}
	}
	got, err := s.Present(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(present) {
		t.Errorf("%d present, want %d", len(got), len(present))
	}
	for _, row := range got {
		if !reflect.DeepEqual(row, present[row.InstanceID]) {
			t.Errorf("present %+v, want %+v", row, present[row.InstanceID])
		}
	}
}
