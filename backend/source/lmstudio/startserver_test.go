package lmstudio_test

import (
	"net"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

func TestStartServer(t *testing.T) {
	for name, secret := range map[string]string{"without a token": "", "with a token": token} {
		t.Run(name, func(t *testing.T) {
			fake := lmstudiotest.Start(t, lmstudiotest.Options{Token: secret, Models: lmstudiotest.SmallModels()})
			id := fake.LoadExplicit(lmstudiotest.SmallModels()[0].Key, 0)
			c := client(t, lmstudio.Config{URL: fake.URL(), Token: secret, InternalPorts: []int{fake.InternalPort()}})
			if err := fake.StopServer(); err != nil {
				t.Fatal(err)
			}
			if o := c.Look(t.Context(), time.Now); o.State != backend.ServerOff {
				t.Fatalf("it is %s before", o.State)
			}
			if err := c.StartServer(within(t, 10*time.Second)); err != nil {
				t.Fatalf("start: %v", err)
			}
			if o := c.Look(t.Context(), time.Now); o.State != backend.ServerUp {
				t.Errorf("it is %s after", o.State)
			}
			if got := fake.Instances(); len(got) != 1 || got[0].ID != id {
				t.Errorf("in memory: %+v, want what was there before", got)
			}
			if err := c.StartServer(within(t, 10*time.Second)); err != nil {
				t.Errorf("a second time: %v", err)
			}
		})
	}
}

func TestStartServerNeverOpensTheApp(t *testing.T) {
	fake := lmstudiotest.Start(t, lmstudiotest.Options{})
	c := client(t, lmstudio.Config{URL: fake.URL(), InternalPorts: []int{fake.InternalPort()}})
	if err := fake.QuitApp(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, c.StartServer(within(t, 10*time.Second)), backend.CodeAppOff)
}

func TestStartServerWhereItCannot(t *testing.T) {
	t.Run("another computer", func(t *testing.T) {
		c := client(t, lmstudio.Config{URL: "http://studio.example:1234", InternalPorts: []int{1}})
		wantCode(t, c.StartServer(within(t, 10*time.Second)), backend.CodeUnsupported)
	})
	t.Run("its port is taken", func(t *testing.T) {
		fake := lmstudiotest.Start(t, lmstudiotest.Options{})
		c := client(t, lmstudio.Config{URL: fake.URL(), InternalPorts: []int{fake.InternalPort()}})
		if err := fake.StopServer(); err != nil {
			t.Fatal(err)
		}
		thief, err := net.Listen("tcp", fake.URL()[len("http://"):])
		if err != nil {
			t.Fatal(err)
		}
		defer thief.Close()
		wantCode(t, c.StartServer(within(t, 10*time.Second)), backend.CodeRefused)
	})
	t.Run("an app that does not know how", func(t *testing.T) {
		s := &scripted{answer: func(string, heard) []string {
			return []string{`{"type":"communicationWarning","warning":"Received rpcCall for unknown endpoint, endpoint = startHttpServer"}`}
		}}
		s.set("/lms-status", 200, `{"package":"lmstudio","version":"0.3.6"}`)
		c := talk(t, s, func(cfg *lmstudio.Config) { cfg.InternalPorts = []int{portOf(t, cfg.URL)} })
		wantCode(t, c.StartServer(within(t, 10*time.Second)), backend.CodeRefused)
	})
}
