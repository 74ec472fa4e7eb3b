package tray

import (
	"context"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"pilotlight/backend"
)

// TestClicksOnASlowAgent clicks on what the menu offers while the command before it is
// done but has not ended: each click counts, and a double-click is one.
func TestClicksOnASlowAgent(t *testing.T) {
	var opened int
	stage(t, Options{Open: func(context.Context, string) error { opened++; time.Sleep(time.Second); return nil }}, func(r *runner, a *puppet, p *paper) {
		a.answer = func(context.Context) error { time.Sleep(time.Second); return nil } // a slow disk
		state := func(s backend.KeepState) {
			st := warm(time.Now())
			st.Keep.State = s
			a.changed(st)
			synctest.Wait()
		}
		for _, step := range []struct {
			click string
			then  backend.KeepState
		}{{"pause.0", backend.KeepPaused}, {"resume", backend.KeepWarm}, {"pause.2", backend.KeepPaused}, {"resume", backend.KeepPaused}} {
			r.clicks <- step.click
			r.clicks <- step.click // a hasty person
			synctest.Wait()
			state(step.then)
		}
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		if want := []string{"pause 1h0m0s", "resume", "resume"}; !reflect.DeepEqual(a.asked, want) {
			t.Errorf("asked %v, want %v", a.asked, want)
		}
		state(backend.KeepWarm)
		time.Sleep(time.Minute)
		synctest.Wait()
		if want := []string{"pause 1h0m0s", "resume", "resume"}; !reflect.DeepEqual(a.asked, want) {
			t.Errorf("later it asked %v, want %v", a.asked, want)
		}
		r.clicks <- "open"
		r.clicks <- "open"
		time.Sleep(time.Minute)
		synctest.Wait()
		if opened != 1 {
			t.Errorf("it opened %d times", opened)
		}
	})
}
