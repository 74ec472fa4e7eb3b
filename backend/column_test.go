package backend_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
)

// What AppendJSON writes reads back as what json.Marshal writes does.
func TestSamplesJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		column := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *float64 {
			if rapid.Bool().Draw(t, "null") {
				return nil
			}
			v := rapid.OneOf(rapid.Float64(), rapid.Just(0.0), rapid.Just(1e15), rapid.Just(-0.1)).Draw(t, "v")
			return &v
		}), 0, 5)
		at := backend.At(time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "at")))
		s := backend.Samples{From: at, To: at, StepSeconds: 10, Resolution: backend.ResolutionRaw, Gaps: []backend.Gap{{From: at, To: at}}}
		s.AtMS = rapid.SliceOfN(rapid.Int64(), 0, 5).Draw(t, "rows")
		s.Items = []backend.Series{}
		for range rapid.IntRange(0, 3).Draw(t, "series") {
			s.Items = append(s.Items, backend.Series{
				Name: rapid.String().Draw(t, "name"), Unit: backend.UnitBytes, Label: rapid.String().Draw(t, "label"),
				Min: column.Draw(t, "min"), Mean: column.Draw(t, "mean"), Max: column.Draw(t, "max"),
			})
		}
		ours, err := s.AppendJSON([]byte("x"))
		if err != nil || ours[0] != 'x' {
			t.Fatalf("%s: %v", ours, err)
		}
		theirs, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if err := json.Unmarshal(ours[1:], &a); err != nil {
			t.Fatalf("%s: %v", ours, err)
		}
		if err := json.Unmarshal(theirs, &b); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%s\nwant %s", ours, theirs)
		}
	})
}
