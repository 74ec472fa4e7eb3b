package backend_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pilotlight/backend"
)

// What is absent gives no reading, what was carried over is not counted again,
// and a GPU goes by its id.
func TestReadings(t *testing.T) {
	at, before := backend.At(time.UnixMilli(2000)), backend.At(time.UnixMilli(1000))
	half, watts, some, pressure := 0.5, 71.5, int64(7), backend.PressureCritical
	s := backend.Sample{
		At: at, Memory: &backend.Memory{TotalBytes: 9, UsedBytes: 0, SwapUsedBytes: &some, Pressure: &pressure},
		CPU: &backend.CPU{Utilization: half},
		GPUs: []backend.GPU{
			{ID: "GPU-1", Name: "One", Utilization: &half, MemoryTotalBytes: &some, PowerWatts: &watts},
			{Vendor: "amd", Note: backend.GPUAsleep}, {Vendor: "amd", MemoryUsedBytes: &some},
		},
		Processes: []backend.Process{{Role: backend.RoleModelWorker, MemoryBytes: 3}, {Role: backend.RoleModelWorker, MemoryBytes: 4}, {Role: backend.RoleLMStudioApp, MemoryBytes: 50}},
	}
	text := func() string {
		var list []string
		for _, r := range s.Readings() {
			list = append(list, fmt.Sprintf("%s %v %s %s", r.Name, r.Value, r.Unit, r.GPU))
		}
		slices.Sort(list)
		return fmt.Sprint(list)
	}
	memory := "cpu.utilization 0.5 ratio  %smemory.pressure 2 level  memory.swap 7 bytes  memory.total 9 bytes  memory.used 0 bytes "
	gpus := "gpu.GPU-1.memory_limit 7 bytes GPU-1 gpu.GPU-1.power 71.5 watts GPU-1 gpu.GPU-1.utilization 0.5 ratio GPU-1 gpu.amd2.memory_used 7 bytes amd2 "
	if got, want := text(), "["+fmt.Sprintf(memory, gpus)+" models.memory 7 bytes ]"; got != want {
		t.Errorf("readings %s\nwant     %s", got, want)
	}
	s.ReadAt = &backend.ReadAt{Memory: &at, GPUs: &before}
	if got, want := text(), "["+fmt.Sprintf(memory, "")+"]"; got != want {
		t.Errorf("readings %s\nwant     %s", got, want)
	}
	s.ReadAt = &backend.ReadAt{GPUs: &at}
	s.GPUs, s.Processes = nil, nil
	if got := text(); got != "[]" {
		t.Errorf("readings %s", got)
	}
}
