package keep_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/keep"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const wanted = 65536

// desk is where the rules are tried: the facts lie open to be changed, and each
// decision is written as "ACTION [INSTANCE] → STATE [REASON]".
type desk struct {
	t     *testing.T
	state keep.State
	facts keep.Facts
	set   keep.Settings
	ours  map[string]bool
	last  backend.Keep
	act   keep.Action
}

// newDesk keeps qwen with a context of 65536 on a server that is up, with
// nothing loaded.
func newDesk(t *testing.T) *desk {
	d := &desk{t: t, set: keep.Defaults(), ours: map[string]bool{}}
	d.facts = keep.Facts{Now: noon, Trusted: true, Ours: func(id string) bool { return d.ours[id] }}
	d.facts.Server = backend.Server{ID: "mac", Name: "LM Studio", State: backend.ServerUp}
	d.loaded()
	d.keep(backend.RespectManual)
	return d
}

func (d *desk) keep(p backend.Policy) {
	n := wanted
	d.state = keep.Keep(backend.Target{Server: "mac", Model: "qwen", ContextLength: &n, Policy: p}, d.facts.Now)
}

// loaded sets what the list shows of qwen.
func (d *desk) loaded(is ...backend.Instance) {
	size, longest := int64(40e9), 131072
	d.facts.Server.Models = []backend.Model{
		{Key: "qwen", Name: "Qwen", Type: backend.TypeLLM, SizeBytes: &size, MaxContextLength: &longest, Instances: is},
		{Key: "gemma", Name: "Gemma", Type: backend.TypeLLM},
	}
}

func (d *desk) model(key string) *backend.Model {
	for i := range d.facts.Server.Models {
		if d.facts.Server.Models[i].Key == key {
			return &d.facts.Server.Models[i]
		}
	}
	d.t.Fatalf("no model %s", key)
	return nil
}

func (d *desk) after(t time.Duration) *desk { d.facts.Now = d.facts.Now.Add(t); return d }

// steps checks the next decision. That it is the same again after the state
// was stored and read back is checked beside it, every time.
func (d *desk) steps(want string) *desk {
	d.t.Helper()
	_, again, view := stored(d.t, d.state).Step(d.facts, d.set)
	d.state, d.act, d.last = d.state.Step(d.facts, d.set)
	got := decision(d.act, d.last)
	if got != want {
		d.t.Fatalf("%s: decided %q, want %q", d.facts.Now.Sub(noon), got, want)
	}
	if other := decision(again, view); other != got {
		d.t.Fatalf("%s: decided %q, but %q after a restart", d.facts.Now.Sub(noon), got, other)
	}
	return d
}

// failer is what a plain test and a property test have in common.
type failer interface {
	Helper()
	Fatal(args ...any)
}

// stored is the state as it comes back from JSON. The proof that an instance
// is idle does not: a restart is a gap in it.
func stored(t failer, s keep.State) keep.State {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back keep.State
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	back.Idle = s.Idle
	return back
}

func decision(a keep.Action, k backend.Keep) string {
	act := "-"
	if a.Kind != keep.Nothing {
		act = strings.TrimSpace(fmt.Sprintf("%s %s", a.Kind, a.Instance))
	}
	reason := ""
	if k.Reason != nil {
		reason = " " + string(k.Reason.Code)
	}
	return act + " → " + string(k.State) + reason
}

// loads is a load that is asked for now and answered after a while.
func (d *desk) loads(took time.Duration, id string, err error) *desk {
	d.t.Helper()
	d.steps("load → loading")
	d.after(took)
	d.state = d.state.LoadEnded(backend.LoadResult{InstanceID: id}, err, d.facts, d.set)
	return d
}

// warms is a load that works: the next list shows what it brought.
func (d *desk) warms(got int) *desk {
	d.t.Helper()
	d.loads(time.Minute, "qwen", nil)
	return d.appears(qwen("qwen", got), backend.CauseKeepWarm)
}

// appears tells that an instance was loaded, as the history does.
func (d *desk) appears(i backend.Instance, by backend.LoadCause) *desk {
	n := wanted
	row := backend.Load{Server: "mac", Model: "qwen", InstanceID: i.ID, Event: backend.Loaded, Cause: by, ContextActual: i.ContextLength}
	if by == backend.CauseKeepWarm {
		row.ContextRequested, d.ours[i.ID] = &n, true
	}
	m := d.model("qwen")
	d.loaded(append(m.Instances, i)...)
	d.state = d.state.ListedAfterLoad(row)
	return d
}

// goes tells that an instance left memory.
func (d *desk) goes(id string, cause backend.LoadCause) *desk {
	var left []backend.Instance
	for _, i := range d.model("qwen").Instances {
		if i.ID != id {
			left = append(left, i)
		}
	}
	d.loaded(left...)
	d.state = d.state.Lost(backend.Load{
		Server: "mac", Model: "qwen", InstanceID: id, Event: backend.Unloaded, Cause: cause,
	}, d.facts, d.set)
	return d
}

// idle answers "is it busy" with no, every five seconds, for as long as told.
func (d *desk) idle(id string, t time.Duration) *desk {
	for end := d.facts.Now.Add(t); !d.facts.Now.After(end); d.after(5 * time.Second) {
		d.state = d.state.BusyRead(id, backend.Processing{}, nil, d.facts.Now)
	}
	return d.after(-5 * time.Second)
}

func (d *desk) busy(id string) *desk {
	d.state = d.state.BusyRead(id, backend.Processing{Busy: true, Queued: 1}, nil, d.facts.Now)
	return d
}

func (d *desk) cannotTell(id string) *desk {
	d.state = d.state.BusyRead(id, backend.Processing{}, fault(backend.CodeUnsupported), d.facts.Now)
	return d
}

// memory sets what is available of 64 GB, and what the load needs.
func (d *desk) memory(available, needs int64, v backend.Verdict) *desk {
	total := int64(64e9)
	d.facts.Memory = &backend.Memory{TotalBytes: total, AvailableBytes: &available}
	d.facts.Fit = &backend.Fit{TotalBytes: needs, LimitBytes: &total, AvailableBytes: &available, Verdict: v}
	return d
}

// qwen is an instance that was loaded on purpose.
func qwen(id string, context int) backend.Instance {
	yes := true
	return backend.Instance{ID: id, ContextLength: &context, Explicit: &yes, SeenLoadedAt: backend.At(noon)}
}

// jit is an instance that a request loaded at noon, and that expires.
func jit(id string, context int, ttl time.Duration) backend.Instance {
	i, no, sec := qwen(id, context), false, ttl.Seconds()
	i.Explicit, i.TTLSeconds, i.LastUsedAt = &no, &sec, backend.AtPtr(noon)
	return i
}

func dead(i backend.Instance) backend.Instance { i.Crashed = true; return i }

func fault(c backend.Code) error {
	return &backend.Error{Code: c, Message: "Trouble.", Hint: "Mend it."}
}
