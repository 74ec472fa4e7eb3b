package openclaw_test

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pilotlight/backend/source/openclaw"
	"pilotlight/backend/source/openclaw/openclawtest"
)

func TestAPersonsConfigOfEveryVersionIsRead(t *testing.T) {
	t.Parallel()
	for _, version := range []string{openclawtest.V2, openclawtest.V3, openclawtest.V9} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			fake := openclawtest.Start(t, openclawtest.Options{
				Version: version, StateDir: filepath.Join(p.home, ".openclaw"), LogDir: filepath.Join(p.tmp, "openclaw"),
				LMStudioURL: "http://127.0.0.1:4321", Timeout: 300 * time.Second, NoPreload: true, GatewayPort: 4242,
			})
			if _, err := fake.Play(openclawtest.Turn{}); err != nil {
				t.Fatal(err)
			}
			r := openclaw.NewReader(p.env()).Read(time.Now())
			oc := r.OpenClaw
			if r.Err != nil || !oc.ConfigValid || len(oc.Issues) != 0 || oc.Version != version {
				t.Fatalf("got version %s, error %v, issues %v", oc.Version, r.Err, oc.Issues)
			}
			if oc.Primary != openclawtest.DefaultPrimary || !reflect.DeepEqual(oc.Fallbacks, []string{openclawtest.DefaultFallback}) {
				t.Errorf("got %s, %v", oc.Primary, oc.Fallbacks)
			}
			lms := r.Providers["lmstudio"]
			if lms.BaseURL != "http://127.0.0.1:4321/v1" || !lms.HasKey || r.GatewayPort != 4242 {
				t.Errorf("got %+v, port %d", lms, r.GatewayPort)
			}
			// The keys that only the newest version knows.
			newest := version == openclawtest.V9
			if (lms.TimeoutSeconds != nil) != newest || (lms.Preload != nil) != newest {
				t.Errorf("got time-out %v, preload %v", lms.TimeoutSeconds, lms.Preload)
			}
			if newest && (oc.LogPath != fake.LogPath() || !oc.LogReadable) {
				t.Errorf("got log %s, readable %v, want %s", oc.LogPath, oc.LogReadable, fake.LogPath())
			}
			text, err := json.Marshal(r)
			if err != nil || strings.Contains(string(text), "secret") {
				t.Errorf("a secret left: %s, %v", text, err)
			}
		})
	}
}

func TestTheFakesGatewayIsSeen(t *testing.T) {
	t.Parallel()
	fake := openclawtest.Start(t, openclawtest.Options{StateDir: t.TempDir(), GatewayPort: -1})
	port, err := fake.StartGateway()
	if err != nil {
		t.Fatal(err)
	}
	if got := openclaw.Gateway(t.Context(), port); got != "up" {
		t.Errorf("got %s, want up", got)
	}
	if err := fake.StopGateway(); err != nil {
		t.Fatal(err)
	}
	if got := openclaw.Gateway(t.Context(), port); got != "down" {
		t.Errorf("got %s, want down", got)
	}
}

func BenchmarkReadUnchanged(b *testing.B) {
	home := b.TempDir()
	fake, err := openclawtest.New(openclawtest.Options{StateDir: filepath.Join(home, ".openclaw")})
	if err != nil {
		b.Fatal(err)
	}
	defer fake.Close()
	reader := openclaw.NewReader(openclaw.Env{Home: home, SharedTmp: home})
	now := time.Now().Add(time.Hour)
	for b.Loop() {
		reader.Read(now)
	}
}

func BenchmarkReadChanged(b *testing.B) {
	home := b.TempDir()
	fake, err := openclawtest.New(openclawtest.Options{StateDir: filepath.Join(home, ".openclaw")})
	if err != nil {
		b.Fatal(err)
	}
	defer fake.Close()
	for b.Loop() {
		openclaw.NewReader(openclaw.Env{Home: home, SharedTmp: home}).Read(time.Now())
	}
}
