package lmstudio_test

import (
	"pilotlight/backend"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestListLoadedThatMakesNoSense(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{}`, `null`, `"x"`, `[{"identifier":"a","x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}]`} {
		s := &scripted{answer: func(ns string, f heard) []string { return result(f, answer) }}
		s.set("/api/v1/models", 200, `{"models":[]}`)
		c := talk(t, s)
		_, err := c.Detail(within(t, 5*time.Second), still, c.Look(t.Context(), still))
		if code := backend.CodeOf(err); code != backend.CodeProtocol && code != backend.CodeTimeout {
			t.Errorf("%.40s: %v", answer, err)
		}
	}
}

// "No TTL" must be said, not left out: a model that is taken to stay and does
// not is never loaded again.
func TestDetailOfOddRows(t *testing.T) {
	for name, tc := range map[string]struct {
		row      string
		detailed bool
		want     backend.Instance
	}{
		"null":        {`{"identifier":"m","ttlMs":null,"lastUsedTime":null}`, true, backend.Instance{Explicit: ptr(true)}},
		"absent":      {`{"identifier":"m"}`, false, backend.Instance{}},
		"wrong type":  {`{"identifier":"m","ttlMs":"3600000","lastUsedTime":"x","contextLength":"y","parallel":{},"instanceReference":5}`, false, backend.Instance{}},
		"negative":    {`{"identifier":"m","ttlMs":-1}`, false, backend.Instance{}},
		"never used":  {`{"identifier":"m","ttlMs":1500,"lastUsedTime":null}`, true, backend.Instance{Explicit: ptr(false), TTLSeconds: ptr(1.5)}},
		"used at odd": {`{"identifier":"m","ttlMs":1500,"lastUsedTime":1e300,"contextLength":9,"parallel":2,"instanceReference":"r"}`, true, backend.Instance{Explicit: ptr(false), TTLSeconds: ptr(1.5), ContextLength: ptr(9), Parallel: ptr(2), Reference: "r"}},
		"used":        {`{"identifier":"m","ttlMs":60000,"lastUsedTime":1795341600000}`, true, backend.Instance{Explicit: ptr(false), TTLSeconds: ptr(60.0), LastUsedAt: backend.AtPtr(fixed), ExpiresAt: backend.AtPtr(fixed.Add(time.Minute))}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scripted{answer: func(ns string, f heard) []string { return result(f, `[`+tc.row+`,{"x":1}]`) }}
			s.set("/api/v1/models", 200, `{"models":[{"key":"m","loaded_instances":[{"id":"m"}]}]}`)
			c := talk(t, s)
			got, err := c.Detail(t.Context(), still, c.Look(t.Context(), still))
			if err != nil || got.Detailed != tc.detailed || !got.Listed {
				t.Fatalf("got %+v, %v", got, err)
			}
			tc.want.ID = "m"
			if i := got.Models[0].Instances[0]; !reflect.DeepEqual(i, tc.want) {
				t.Errorf("got  %+v\nwant %+v", i, tc.want)
			}
		})
	}
}

// When the two lists do not agree even after asking again, what is known of
// both is told, and not called complete.
func TestDetailOfListsThatNeverAgree(t *testing.T) {
	s := &scripted{answer: func(ns string, f heard) []string {
		return result(f, `[{"identifier":"m","ttlMs":null},{"identifier":"n","ttlMs":null}]`)
	}}
	s.set("/api/v1/models", 200, `{"models":[{"key":"m","loaded_instances":[{"id":"m"}]}]}`)
	c := talk(t, s)
	got, err := c.Detail(t.Context(), still, c.Look(t.Context(), still))
	if err != nil || got.Detailed || !got.Listed || len(got.Models) != 1 || got.Models[0].Instances[0].Explicit == nil {
		t.Errorf("got %+v, %v", got, err)
	}
	if n := s.said("llm rpcCall listLoaded"); n != 2 {
		t.Errorf("asked %d times", n)
	}
	s.set("/api/v1/models", 401, noToken)
	got, err = c.Detail(t.Context(), still, got)
	wantCode(t, err, backend.CodeNeedsToken)
	if got.State != backend.ServerNeedsToken {
		t.Errorf("got %+v", got)
	}
}
