package api_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"pilotlight/backend"
)

func TestFit(t *testing.T) {
	var asked backend.FitQuery
	gpu := backend.LimitGPU
	whole := backend.WhatIf{
		Server: "s", Model: "a/b&c", MaxContextLength: ptr(131_072), FitsUpTo: ptr(65_536),
		Fit: &backend.Fit{
			ContextLength: ptr(4096), WeightsBytes: ptr(int64(1)), KVBytes: ptr(int64(2)), OverheadBytes: ptr(int64(3)), TotalBytes: 6,
			LowBytes: ptr(int64(5)), HighBytes: ptr(int64(7)), LimitOf: &gpu, LimitBytes: ptr(int64(100)), InUseBytes: ptr(int64(10)),
			AvailableBytes: ptr(int64(90)), ReserveBytes: ptr(int64(4)), AfterBytes: ptr(int64(16)), ReplacedBytes: ptr(int64(8)),
			EvictableBytes: ptr(int64(9)), Evictable: []string{"x"}, SpillBytes: ptr(int64(0)),
			Learned: &backend.Learned{Ratio: 1.06, Loads: 3}, Verdict: backend.Fits, Basis: "the server's own estimate",
		},
		Curve: []backend.FitPoint{{ContextLength: 512, KVBytes: ptr(int64(2)), TotalBytes: 6, LowBytes: ptr(int64(5)), HighBytes: ptr(int64(7)), AfterBytes: ptr(int64(16)), Verdict: backend.Fits}},
	}
	r := start(t, &fakeAgent{fit: func(_ context.Context, q backend.FitQuery) (backend.WhatIf, error) {
		asked = q
		if q.Model == "unknown" {
			return backend.WhatIf{Server: "s", Model: "unknown"}, nil
		}
		return whole, nil
	}})
	c := r.dial(t)
	for name, q := range map[string]backend.FitQuery{
		"least": {Model: "m"},
		"all":   {Server: "s", Model: "a/b&c", ContextLength: ptr(4096), Parallel: ptr(4), KVCache: "q8_0", Curve: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.Fit(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(asked, q) {
				t.Errorf("the agent was asked for %+v, want %+v", asked, q)
			}
			if !reflect.DeepEqual(got, whole) {
				t.Errorf("got %+v, want %+v", got, whole)
			}
		})
	}
	t.Run("nothing known", func(t *testing.T) {
		got := r.overSocket(t, "GET", "/api/models/fit?model=unknown", "")
		if strings.TrimSpace(got.body) != `{"server":"s","model":"unknown"}` {
			t.Errorf("got %s", got.body)
		}
	})
	for _, query := range []string{"", "?model=", "?model=m&context_length=0", "?model=m&context_length=x", "?model=m&context_length=-1",
		"?model=m&parallel=0", "?model=m&kv_cache=f64", "?model=m&curve=perhaps", "?model=m&other=1"} {
		t.Run("refused "+query, func(t *testing.T) {
			wantProblem(t, r.overSocket(t, "GET", "/api/models/fit"+query, ""), 422, backend.CodeInvalid)
		})
	}
}
