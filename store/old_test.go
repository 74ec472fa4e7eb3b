package store_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
)

var update = flag.Bool("update", false, "make the databases in testdata again from their .sql")

// oldContent is what a stored database must give, whatever program opens it.
type oldContent struct {
	Loads   []backend.Load    `json:"loads"`
	Present []int64           `json:"present"`
	State   map[string]string `json:"state"`

	Fallbacks     []backend.Fallback     `json:"fallbacks"`
	Keys          []string               `json:"keys"` // of the fallbacks
	Cursors       []backend.Cursor       `json:"cursors"`
	ServerChanges []backend.ServerChange `json:"server_changes"`
	Revisions     []backend.Revision     `json:"revisions"`
	Samples       []backend.SampleRow    `json:"samples"`
	Uses          []backend.Use          `json:"uses"`
}

// Every schema there ever was has its database, made at the time, in testdata.
func TestOldDatabases(t *testing.T) {
	for version := int64(1); version <= newest(t); version++ {
		t.Run(fmt.Sprint("v", version), func(t *testing.T) {
			base := filepath.Join("testdata", fmt.Sprint("v", version))
			if *update {
				makeOld(t, base, version)
			}
			path := tempDB(t)
			copyFile(t, base+".db", path)
			s, report := openReport(t, path)
			if report.Created || report.SetAside != "" || report.MigratedFrom != version || report.MigratedTo != newest(t) {
				t.Errorf("report %+v", report)
			}
			if (report.Backup != "") != (version < newest(t)) {
				t.Errorf("copy before migrating: %q", report.Backup)
			}
			var want oldContent
			data, err := os.ReadFile(base + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			if got := content(t, s, want); !reflect.DeepEqual(got, want) {
				t.Errorf("read %+v\nwant %+v", got, want)
			}
			if report.Backup != "" {
				isCopy(t, report.Backup, base+".db", version)
			}
			if got := add(t, s, sample(0))[0].ID; got != want.Loads[0].ID+1 {
				t.Errorf("the next id is %d, want %d", got, want.Loads[0].ID+1)
			}
		})
	}
}

// isCopy checks that the program from before the migration could go on with the
// copy: it has the old schema and as many rows in each of its tables.
func isCopy(t *testing.T, copied, original string, version int64) {
	t.Helper()
	counts := func(path string) (all string) {
		db := raw(t, path)
		ask := func(query string) (got string) {
			if err := db.QueryRowContext(t.Context(), query).Scan(&got); err != nil {
				t.Fatal(err)
			}
			return got
		}
		all = ask("PRAGMA user_version") + "\n" + ask("SELECT group_concat(name ORDER BY name) FROM sqlite_schema") + "\n"
		for table := range strings.SplitSeq(ask("SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"), ",") {
			all += table + " " + ask("SELECT count(*) FROM "+table) + "\n"
		}
		return all
	}
	before := tempDB(t)
	copyFile(t, original, before)
	got, want := counts(copied), counts(before)
	if got != want || !strings.HasPrefix(got, fmt.Sprint(version, "\n")) {
		t.Errorf("the copy has %q, want %q", got, want)
	}
}

// content reads what want has, in want's form.
func content(t *testing.T, s *store.Store, want oldContent) oldContent {
	t.Helper()
	got := oldContent{Loads: allLoads(t, s), State: map[string]string{}}
	present, err := s.Present(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range present {
		got.Present = append(got.Present, row.ID)
	}
	for name := range want.State {
		value, err := s.State(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if value != nil {
			got.State[name] = string(value)
		}
	}
	for _, f := range allFallbacks(t, s, backend.FallbackQuery{}) {
		got.Keys = append(got.Keys, f.Key)
		f.Key = ""
		got.Fallbacks = append(got.Fallbacks, f)
	}
	if list, err := s.Cursors(t.Context()); err != nil {
		t.Fatal(err)
	} else if len(list) > 0 {
		got.Cursors = list
	}
	list, err := s.ServerChanges(t.Context(), "", backend.At(time.Unix(0, 0)), backend.At(clock.AddDate(90, 0, 0)))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) > 0 {
		got.ServerChanges = list
	}
	for _, r := range allRevisions(t, s, "", 0) {
		if r, err = s.Revision(t.Context(), r.ID); err != nil {
			t.Fatal(err)
		}
		got.Revisions = append(got.Revisions, r)
	}
	err = s.EachSample(t.Context(), backend.SampleRowQuery{}, func(row backend.SampleRow) error {
		got.Samples = append(got.Samples, row)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got.Uses = allUses(t, s)
	return got
}

// makeOld makes the database of a version with that version's schema, even when
// newer ones exist.
func makeOld(t *testing.T, base string, version int64) {
	t.Helper()
	path := tempDB(t)
	s, _ := openWith(t, path, store.Settings{Migrations: upTo(t, version)})
	rows, err := os.ReadFile(base + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, s.Writer(), string(rows))
	closeStore(t, s)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(base+".db", data, 0o644); err != nil {
		t.Fatal(err)
	}
}
