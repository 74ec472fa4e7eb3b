package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// reading counts what the hub asks of the machine.
type reading struct{ memory, gpus, processes, searches atomic.Int64 }

func (r *reading) counting(sample func(context.Context, backend.Want) (backend.Sample, error)) change {
	return func(c *agent.Config, _ *lmstudio.Config) {
		c.Sample = func(ctx context.Context, want backend.Want) (backend.Sample, error) {
			for n, wanted := range map[*atomic.Int64]bool{&r.memory: want.Memory, &r.gpus: want.GPUs, &r.processes: want.Processes, &r.searches: want.Search} {
				if wanted {
					n.Add(1)
				}
			}
			return sample(ctx, want)
		}
	}
}

func TestTheMachineIsReadWithoutLMStudio(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{}, func(_ *agent.Config, lm *lmstudio.Config) {
		lm.URL, lm.InternalPorts = "http://127.0.0.1:1", nil // nobody is there
	})
	st := r.until("memory", func(st *backend.Status) bool { return st.Machine != nil && st.Machine.Memory != nil })
	if st.Servers[0].State == backend.ServerUp {
		t.Error("somebody is there")
	}
}

// While nobody looks the machine is read at the pace of the hidden; a page makes
// it quicker, and gets every sample.
func TestTheMachineIsReadMoreOftenForAPage(t *testing.T) {
	t.Parallel()
	var n reading
	r := start(t, lmstudiotest.Options{}, n.counting(plentyOfMemory))
	r.until("a first reading", func(st *backend.Status) bool { return st.Machine != nil })
	time.Sleep(2 * time.Second) // eight looks of this test's period
	if got := n.memory.Load(); got != 1 {
		t.Errorf("read %d times within two seconds while nobody looked", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	samples := 0
	err := r.api.Events(ctx, 0, func(kind string, _ uint64, data json.RawMessage) error {
		var s backend.Sample
		if kind != string(backend.EventSample) {
			return nil
		}
		if err := json.Unmarshal(data, &s); err != nil || s.Memory == nil {
			t.Errorf("sample %s: %v", data, err)
		}
		if samples++; samples == 3 {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatalf("the page got %d samples: %v", samples, err)
	}
	if n.gpus.Load() < 2 || n.processes.Load() < 1 {
		t.Errorf("GPUs were read %d times, programs %d times", n.gpus.Load(), n.processes.Load())
	}
}

var errEnough = errors.New("enough")

// A driver that hangs takes neither the state nor the end of the agent.
func TestAMachineThatHangsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	hang := func(ctx context.Context, _ backend.Want) (backend.Sample, error) {
		<-ctx.Done()
		return backend.Sample{}, ctx.Err()
	}
	r := start(t, lmstudiotest.Options{}, func(c *agent.Config, _ *lmstudio.Config) { c.Sample = hang })
	st := r.until("the list", func(st *backend.Status) bool { return len(st.Servers[0].Models) > 0 })
	if st.Machine != nil {
		t.Errorf("a sample that was never read: %+v", st.Machine)
	}
	r.stop()
}

// A load rests on a reading of the same moment: the one at which there was room is
// old by then.
func TestALoadReadsTheMachineFirst(t *testing.T) {
	t.Parallel()
	var full atomic.Bool
	r := start(t, lmstudiotest.Options{}, func(c *agent.Config, _ *lmstudio.Config) {
		c.Sample = func(ctx context.Context, w backend.Want) (backend.Sample, error) {
			s, err := plentyOfMemory(ctx, w)
			if full.Load() {
				available := int64(1_000_000)
				s.Memory.UsedBytes, s.Memory.AvailableBytes = 63_999_000_000, &available
			}
			return s, err
		}
	})
	r.until("a first reading", func(st *backend.Status) bool { return st.Machine != nil && len(st.Servers[0].Models) > 0 })
	full.Store(true)
	time.Sleep(1200 * time.Millisecond) // what was read a second ago still counts
	if _, err := r.api.SetKeep(t.Context(), backend.Target{Model: hero}); err != nil {
		t.Fatal(err)
	}
	r.until("no room", func(st *backend.Status) bool {
		return st.Keep.State == backend.KeepWaiting && st.Keep.Reason != nil && strings.Contains(st.Keep.Reason.Message, "0.0 GB of 60 GB are available")
	})
	if n := len(r.fake.Instances()); n != 0 {
		t.Errorf("%d instances", n)
	}
}
