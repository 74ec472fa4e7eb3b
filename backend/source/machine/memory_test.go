package machine_test

import (
	"testing"
	"time"

	"pilotlight/backend/source/machine"
)

func TestRead(t *testing.T) {
	s, err := machine.Read(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	m := s.Memory
	if m.TotalBytes < 1<<28 || m.UsedBytes <= 0 || m.UsedBytes > m.TotalBytes {
		t.Errorf("used %d of %d bytes", m.UsedBytes, m.TotalBytes)
	}
	if m.AvailableBytes == nil || *m.AvailableBytes <= 0 || *m.AvailableBytes > m.TotalBytes {
		t.Errorf("available %v of %d bytes", m.AvailableBytes, m.TotalBytes)
	}
	if m.Source == "" {
		t.Error("nobody is told where the figures come from")
	}
	if m.Pressure != nil {
		t.Errorf("pressure %q was made up", *m.Pressure)
	}
}
