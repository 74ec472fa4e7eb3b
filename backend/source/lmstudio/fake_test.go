package lmstudio_test

import (
	"reflect"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

const (
	small = "qwen/qwen3-0.6b"
	gemma = "google/gemma-3-1b"
	embed = "text-embedding-nomic-embed-text-v1.5"
)

// play starts a whole LM Studio and a client of it.
func play(t *testing.T, o lmstudiotest.Options, change ...func(*lmstudio.Config)) (*lmstudiotest.Server, *lmstudio.Client) {
	t.Helper()
	if o.Models == nil {
		o.Models = lmstudiotest.SmallModels()
	}
	s := lmstudiotest.Start(t, o)
	cfg := lmstudio.Config{ID: "lmstudio", URL: s.URL(), Token: o.Token, InternalPorts: []int{s.InternalPort()}}
	for _, c := range change {
		c(&cfg)
	}
	return s, client(t, cfg)
}

func instancesOf(o backend.Observation, key string) []backend.Instance {
	for _, m := range o.Models {
		if m.Key == key {
			return m.Instances
		}
	}
	return nil
}

func TestDetailAddsWhatTheListLacks(t *testing.T) {
	at := newHand()
	s, c := play(t, lmstudiotest.Options{Now: at.now, Token: token})
	s.LoadExplicit(small, 4096)
	s.JIT(gemma, 10*time.Minute)
	s.LoadExplicit(embed, 0)
	at.advance(time.Minute)
	last := c.Look(t.Context(), at.now)
	if i := instancesOf(last, small); len(i) != 1 || i[0].Explicit != nil || last.Detailed {
		t.Fatalf("look: %+v", last)
	}
	before := instancesOf(last, small)[0]
	got, err := c.Detail(t.Context(), at.now, last)
	if err != nil || !got.Detailed || !got.Listed || got.Version != lmstudiotest.DefaultVersion || !got.At.Equal(at.now()) || got.State != backend.ServerUp {
		t.Fatalf("detail: %+v, %v", got, err)
	}
	i := instancesOf(got, small)[0]
	if i.Explicit == nil || !*i.Explicit || i.TTLSeconds != nil || i.ExpiresAt != nil || i.Reference == "" || *i.ContextLength != 4096 {
		t.Errorf("explicit: %+v", i)
	}
	j := instancesOf(got, gemma)[0]
	want := backend.At(fixed.Add(10 * time.Minute))
	if j.Explicit == nil || *j.Explicit || j.TTLSeconds == nil || *j.TTLSeconds != 600 || j.ExpiresAt == nil || *j.ExpiresAt != want || j.LastUsedAt == nil || *j.LastUsedAt != backend.At(fixed) {
		t.Errorf("JIT: %+v", j)
	}
	if e := instancesOf(got, embed)[0]; e.Explicit != nil || e.Reference != "" {
		t.Errorf("embedding: %+v", e)
	}
	if after := instancesOf(last, small)[0]; !reflect.DeepEqual(after, before) {
		t.Errorf("the observation before was changed: %+v", after)
	}
	// A reload under the same id shows.
	s.Eject(small)
	s.LoadExplicit(small, 4096)
	if again, err := c.Detail(t.Context(), at.now, last); err != nil || instancesOf(again, small)[0].Reference == i.Reference {
		t.Errorf("after a reload: %+v, %v", again, err)
	}
}

func TestDetailLooksAgainOnlyWhenTheInstancesDiffer(t *testing.T) {
	s, c := play(t, lmstudiotest.Options{})
	s.LoadExplicit(small, 0)
	last := c.Look(t.Context(), still)
	s.ResetRequests()
	for range 3 {
		if _, err := c.Detail(t.Context(), still, last); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Count("GET /api/v1/models"); n != 0 {
		t.Errorf("looked %d times for nothing", n)
	}
	if n := s.Count("system/version"); n != 1 {
		t.Errorf("asked for the version %d times", n)
	}
	s.LoadExplicit(small, 0)
	got, err := c.Detail(t.Context(), still, last)
	if err != nil || !got.Detailed || len(instancesOf(got, small)) != 2 || s.Count("GET /api/v1/models") != 1 {
		t.Errorf("after a second load: %+v, %v, looked %d times", got, err, s.Count("GET /api/v1/models"))
	}
	s.Eject(small)
	s.Eject(small + ":2")
	got, err = c.Detail(t.Context(), still, got)
	if err != nil || !got.Detailed || len(instancesOf(got, small)) != 0 {
		t.Errorf("after an eject: %+v, %v", got, err)
	}
	// Where the last look brought no list, it looks as well.
	got, err = c.Detail(t.Context(), still, backend.Observation{})
	if err != nil || !got.Listed || !got.Detailed {
		t.Errorf("without a list: %+v, %v", got, err)
	}
}

func TestVersionsAndTransports(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		o         lmstudiotest.Options
		load      backend.Code
		unload    backend.Code
		embed     backend.Code // load of an embedding model
		progress  bool
		api       backend.API
		processes backend.Code
	}{
		{"0.4", lmstudiotest.Options{}, "", "", "", true, backend.APIv1, ""},
		{"0.4 with a token", lmstudiotest.Options{Token: token}, "", "", "", true, backend.APIv1, ""},
		{"0.4 without WebSocket", lmstudiotest.Options{NoWebSocket: true}, "", "", "", false, backend.APIv1, backend.CodeUnsupported},
		{"0.3", lmstudiotest.Options{Version: "0.3.30"}, "", "", "", true, backend.APIv0, ""},
		{"old 0.3", lmstudiotest.Options{Version: "0.3.20"}, "", "", "", true, backend.APIv0, backend.CodeUnsupported},
		{"0.3 without WebSocket", lmstudiotest.Options{Version: "0.3.30", NoWebSocket: true}, backend.CodeUnsupported, backend.CodeUnsupported, backend.CodeUnsupported, false, backend.APIv0, backend.CodeUnsupported},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.o.LoadTime = 50 * time.Millisecond
			s, c := play(t, tc.o)
			if got := c.Look(t.Context(), still); !got.Listed || got.API != tc.api || got.Version != s.Version() {
				t.Fatalf("look: %+v", got)
			}
			told := 0
			res, err := c.Load(t.Context(), backend.LoadRequest{Model: small, ContextLength: ptr(8000)}, func(float64) { told++ })
			wantCode(t, err, tc.load)
			if err == nil {
				if res.InstanceID != small || res.ContextLength == nil || *res.ContextLength != 8000 {
					t.Errorf("load: %+v", res)
				}
				if (told > 0) != tc.progress {
					t.Errorf("progress told %d times", told)
				}
				if i := s.Instances(); len(i) != 1 || i[0].TTL != 0 || i[0].JIT || i[0].Context != 8000 {
					t.Errorf("instances %+v", i)
				}
				_, err = c.Processing(t.Context(), small)
				wantCode(t, err, tc.processes)
			}
			_, err = c.Load(t.Context(), backend.LoadRequest{Model: embed}, nil)
			wantCode(t, err, tc.embed)
			if err == nil {
				wantCode(t, c.Unload(t.Context(), embed), tc.unload)
			} else {
				s.LoadExplicit(small, 0)
			}
			wantCode(t, c.Ping(t.Context(), small), "")
			wantCode(t, c.Unload(t.Context(), small), tc.unload)
			if tc.unload == "" {
				if i := s.Instances(); len(i) != 0 {
					t.Errorf("still there: %+v", i)
				}
				wantCode(t, c.Unload(t.Context(), small), backend.CodeNotFound)
			}
		})
	}
}

func TestLoadIsRefused(t *testing.T) {
	for _, ws := range []bool{true, false} {
		s, c := play(t, lmstudiotest.Options{NoWebSocket: !ws})
		c.Look(t.Context(), still)
		_, err := c.Load(t.Context(), backend.LoadRequest{Model: "nobody/has-this"}, nil)
		wantCode(t, err, backend.CodeModelMissing)
		s.SetMemory(1000)
		_, err = c.Load(t.Context(), backend.LoadRequest{Model: small}, nil)
		wantCode(t, err, backend.CodeGuardrail)
		s.SetMemory(0)
		s.FailLoads("Engine process exited with SIGABRT")
		_, err = c.Load(t.Context(), backend.LoadRequest{Model: small}, nil)
		wantCode(t, err, backend.CodeLoadFailed)
	}
}

func TestEstimateAndProcessing(t *testing.T) {
	s, c := play(t, lmstudiotest.Options{MemoryBytes: 500_000_000})
	c.Look(t.Context(), still)
	got, err := c.Estimate(t.Context(), backend.LoadRequest{Model: small, ContextLength: ptr(1000)})
	want := backend.Estimate{TotalBytes: 485_024_000, WeightsBytes: ptr(int64(484_000_000)), KVBytes: ptr(int64(1_024_000)), PassesGuardrails: ptr(true)}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("estimate %+v, %v", got, err)
	}
	got, err = c.Estimate(t.Context(), backend.LoadRequest{Model: small, ContextLength: ptr(40_000)})
	if err != nil || *got.PassesGuardrails {
		t.Errorf("estimate %+v, %v", got, err)
	}
	if _, err = c.Estimate(t.Context(), backend.LoadRequest{Model: embed}); err != nil {
		t.Errorf("estimate of an embedding model: %v", err)
	}
	_, err = c.Estimate(t.Context(), backend.LoadRequest{Model: "nobody/has-this"})
	wantCode(t, err, backend.CodeModelMissing)

	_, err = c.Processing(t.Context(), small)
	wantCode(t, err, backend.CodeNotFound)
	s.LoadExplicit(small, 0)
	if p, err := c.Processing(t.Context(), small); err != nil || p.Busy {
		t.Errorf("idle: %+v, %v", p, err)
	}
	s.SetBusy(small, true)
	if p, err := c.Processing(t.Context(), small); err != nil || !p.Busy || p.Queued != 1 {
		t.Errorf("busy: %+v, %v", p, err)
	}
}

func TestPingFindsACrash(t *testing.T) {
	s, c := play(t, lmstudiotest.Options{})
	s.LoadExplicit(small, 0)
	if err := c.Ping(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	s.Crash(small, true)
	if got := c.Look(t.Context(), still); len(instancesOf(got, small)) != 1 {
		t.Errorf("look: %+v", got)
	}
	wantCode(t, c.Ping(t.Context(), small), backend.CodeModelCrashed)
}

func TestTheAppsLife(t *testing.T) {
	s, c := play(t, lmstudiotest.Options{})
	look := func() backend.Observation { return c.Look(t.Context(), still) }
	last := look()
	if _, err := c.Detail(t.Context(), still, last); err != nil {
		t.Fatal(err)
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(s.StopServer())
	for { // until the broken connection has been noticed
		_, err := c.Processing(within(t, 10*time.Second), small)
		if backend.CodeOf(err) == backend.CodeUnsupported {
			break
		}
		if backend.CodeOf(err) != backend.CodeNetwork {
			t.Fatal(err)
		}
	}
	if got := look(); got.State != backend.ServerOff || got.Version != s.Version() || backend.CodeOf(got.Err) != backend.CodeServerOff {
		t.Errorf("server stopped: %+v", got)
	}
	check(s.StartServer())
	if got := look(); got.State != backend.ServerUp || !got.Listed || got.Reconnected { // it was seen off
		t.Errorf("server started: %+v", got)
	}
	if _, err := c.Detail(t.Context(), still, look()); err != nil {
		t.Errorf("the WebSocket was not dialled again: %v", err)
	}
	check(s.QuitApp())
	if got := look(); got.State != backend.ServerDown || backend.CodeOf(got.Err) != backend.CodeAppOff {
		t.Errorf("app quit: %+v", got)
	}
	check(s.StartApp())
	check(s.StartServer())
	if got := look(); !got.Listed {
		t.Errorf("app started: %+v", got)
	}
	s.SetToken(token)
	if got := look(); got.State != backend.ServerNeedsToken {
		t.Errorf("token wanted: %+v", got)
	}
}

func TestFaults(t *testing.T) {
	for fault, want := range map[lmstudiotest.Fault]backend.Code{
		lmstudiotest.FaultHalf:         backend.CodeProtocol,
		lmstudiotest.FaultHTML:         backend.CodeProtocol,
		lmstudiotest.FaultHuge:         backend.CodeProtocol,
		lmstudiotest.FaultDeep:         backend.CodeProtocol,
		lmstudiotest.FaultWrongTypes:   backend.CodeProtocol,
		lmstudiotest.FaultModelsObject: backend.CodeProtocol,
		lmstudiotest.FaultErrorString:  backend.CodeProtocol,
		lmstudiotest.FaultErrorObject:  backend.CodeProtocol,
		lmstudiotest.FaultHang:         backend.CodeTimeout,
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s, c := play(t, lmstudiotest.Options{})
			s.LoadExplicit(small, 0)
			last := c.Look(t.Context(), still)
			s.Fault(fault)
			got := c.Look(t.Context(), still)
			if got.Listed {
				t.Errorf("listed: %+v", got)
			}
			wantCode(t, got.Err, want)
			_, _ = c.Detail(within(t, 200*time.Millisecond), still, last)
			_ = c.Ping(within(t, 200*time.Millisecond), small)
			_ = c.Unload(within(t, 200*time.Millisecond), "x")
			s.Fault(lmstudiotest.FaultNone)
			if got := c.Look(t.Context(), still); !got.Listed || len(instancesOf(got, small)) != 1 {
				t.Errorf("afterwards: %+v", got)
			}
		})
	}
}

func TestDiscoverFindsARunningServer(t *testing.T) {
	home := t.TempDir()
	write(t, home+"/elsewhere", home, ".lmstudio-home-pointer")
	s := lmstudiotest.Start(t, lmstudiotest.Options{Models: lmstudiotest.SmallModels(), Home: home + "/elsewhere"})
	cfg, err := lmstudio.Discover("", home, env())
	if err != nil || cfg.URL != s.URL() || len(cfg.InternalPorts) == 0 || cfg.InternalPorts[0] != s.InternalPort() {
		t.Fatalf("got %+v, %v, want %s", cfg, err, s.URL())
	}
	if got := client(t, cfg).Look(t.Context(), still); !got.Listed || got.Version != s.Version() {
		t.Errorf("look: %+v", got)
	}
}
