package store_test

import (
	"reflect"
	"strings"
	"testing"

	"pilotlight/backend"
)

func TestSetMeasured(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	guessed, unloaded, failed := sample(0), sample(1), sample(2)
	guessed.EstimatedBytes = ptr(int64(20_000_000_000))
	failed.Event, failed.InstanceID = backend.LoadFailed, ""
	rows := add(t, s, guessed, unloaded, failed)
	if rows[0].EstimatedBytes == nil || rows[0].MeasuredBytes != nil || rows[1].EstimatedBytes != nil {
		t.Errorf("stored %+v", rows)
	}
	want := rows[0]
	want.MeasuredBytes = ptr(int64(21_200_000_000))
	got, err := s.SetMeasured(t.Context(), want.ID, 21_200_000_000)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for name, c := range map[string]struct {
		id, bytes int64
		code      backend.Code
	}{
		"no row":     {99, 5, backend.CodeNotFound},
		"an unload":  {rows[1].ID, 5, backend.CodeInvalid},
		"a failure":  {rows[2].ID, 5, backend.CodeInvalid},
		"nothing":    {rows[0].ID, 0, backend.CodeInvalid},
		"below zero": {rows[0].ID, -5, backend.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.SetMeasured(t.Context(), c.id, c.bytes)
			if backend.CodeOf(err) != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
	closeStore(t, s)
	all := allLoads(t, open(t, path))
	if len(all) != 3 || !reflect.DeepEqual(all[2], want) || all[1].MeasuredBytes != nil || all[0].MeasuredBytes != nil {
		t.Errorf("after reopening %+v", all)
	}
}

func TestMeasured(t *testing.T) {
	s := open(t, tempDB(t))
	var rows []backend.Load
	for i := range 40 {
		row := sample(2 * i)
		if i%4 == 0 {
			row.MeasuredBytes = ptr(int64(i + 1))
		}
		if i%8 == 0 {
			row.Server = "other"
		}
		rows = append(rows, row)
	}
	rows = add(t, s, rows...)
	got, err := s.Measured(t.Context(), "lmstudio")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 5 {
		t.Errorf("%d loads, want 5", len(got))
	}
	for i, row := range got {
		if want := rows[36-8*i]; !reflect.DeepEqual(row, want) {
			t.Errorf("load %d is %+v, want %+v", i, row, want)
		}
	}
	var plan string
	q := `EXPLAIN QUERY PLAN SELECT id FROM loads WHERE server = 'lmstudio' AND measured_bytes IS NOT NULL ORDER BY id DESC`
	var skip int
	if err := s.Writer().QueryRowContext(t.Context(), q).Scan(&skip, &skip, &skip, &plan); err != nil || !strings.Contains(plan, "loads_measured") {
		t.Errorf("it reads by %q, %v", plan, err)
	}
}
