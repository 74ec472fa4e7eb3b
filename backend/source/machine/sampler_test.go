package machine_test

import (
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/machine"
)

// TestThisMachine reads the machine that the test runs on.
func TestThisMachine(t *testing.T) {
	s := machine.New(machine.Options{Now: time.Now})
	defer s.Close()
	got, err := s.Sample(t.Context(), backend.Want{Memory: true})
	if err != nil {
		t.Fatal(err)
	}
	m := got.Memory
	if m.TotalBytes < 1<<28 || m.UsedBytes <= 0 || m.UsedBytes > m.TotalBytes {
		t.Errorf("used %d of %d bytes", m.UsedBytes, m.TotalBytes)
	}
	if m.AvailableBytes == nil || *m.AvailableBytes <= 0 || *m.AvailableBytes > m.TotalBytes {
		t.Errorf("available %v of %d bytes", m.AvailableBytes, m.TotalBytes)
	}
	if m.Source == "" {
		t.Error("nobody is told where the figures come from")
	}
	if got.CPU != nil {
		t.Errorf("a first sample has a rate: %+v", got.CPU)
	}
	if got.GPUs == nil || got.Processes == nil || got.ReadAt.GPUs != nil || got.ReadAt.Processes != nil {
		t.Errorf("what nobody asked for was read: %+v", got)
	}
	time.Sleep(30 * time.Millisecond)
	if got, err = s.Sample(t.Context(), backend.Want{Memory: true}); err != nil || got.CPU == nil || got.CPU.Utilization < 0 || got.CPU.Utilization > 1 {
		t.Errorf("CPU %+v, %v", got.CPU, err)
	}
}
