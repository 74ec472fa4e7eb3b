package store_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

// BenchmarkSamples asks for the views of a chart, with a year of samples of 20
// series.
func BenchmarkSamples(b *testing.B) {
	path := filepath.Join(quickDir(b), "pilotlight.db")
	s, _, err := store.Open(b.Context(), path, fixed)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := storetest.FillSamples(b.Context(), s, clock); err != nil {
		b.Fatal(err)
	}
	for _, hours := range []int{1, 24, 7 * 24, 30 * 24, 365 * 24} {
		b.Run(fmt.Sprint(hours, "h"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				got, err := s.Samples(b.Context(), backend.SampleQuery{
					From: backend.At(clock.Add(-time.Duration(hours) * time.Hour)), To: backend.At(clock),
				})
				if err != nil || len(got.Items) != 20 {
					b.Fatal(len(got.Items), err)
				}
				if _, err := got.AppendJSON(nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
