package machine

import (
	"encoding/csv"
	"math"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

// The product never runs nvidia-smi; here it is the other witness.
const smiQuery = "uuid,name,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw"

// parseSMI reads what nvidia-smi prints with --format=csv,noheader,nounits.
// What a GPU does not tell is in brackets, or ERR!, and absent here.
func parseSMI(text string) ([]backend.GPU, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.TrimLeadingSpace, r.FieldsPerRecord = true, 7
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	var all []backend.GPU
	for _, row := range rows {
		number := func(field int, scale float64) *float64 {
			n, err := strconv.ParseFloat(strings.TrimSpace(row[field]), 64)
			if err != nil {
				return nil
			}
			return ptr(n * scale)
		}
		size := func(field int) *int64 { // MiB
			if n := number(field, 1<<20); n != nil {
				return ptr(int64(*n))
			}
			return nil
		}
		all = append(all, backend.GPU{
			ID: row[0], Name: row[1], Vendor: "nvidia", Utilization: number(2, 0.01), MemoryUsedBytes: size(3), MemoryTotalBytes: size(4),
			TemperatureCelsius: number(5, 1), PowerWatts: number(6, 1),
		})
	}
	return all, nil
}

func TestParseSMI(t *testing.T) {
	got, err := parseSMI("GPU-8f2c, NVIDIA GeForce RTX 4090, 37, 20481, 24564, 61, 312.50\n" +
		"GPU-77aa, NVIDIA GB10, 0, [N/A], [N/A], 45, [Not Supported]\n" + "GPU-1b1b, NVIDIA T4, [Unknown Error], 5, 15360, ERR!, [N/A]\n")
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, []backend.GPU{
		{
			ID: "GPU-8f2c", Name: "NVIDIA GeForce RTX 4090", Vendor: "nvidia", Utilization: ptr(0.37), MemoryUsedBytes: ptr(int64(20481 << 20)),
			MemoryTotalBytes: ptr(int64(24564 << 20)), TemperatureCelsius: ptr(61.0), PowerWatts: ptr(312.5),
		},
		{ID: "GPU-77aa", Name: "NVIDIA GB10", Vendor: "nvidia", Utilization: ptr(0.0), TemperatureCelsius: ptr(45.0)},
		{ID: "GPU-1b1b", Name: "NVIDIA T4", Vendor: "nvidia", MemoryUsedBytes: ptr(int64(5 << 20)), MemoryTotalBytes: ptr(int64(15360 << 20))},
	})
	for _, garbage := range []string{"No devices were found\n", "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n", "a,b\n", "GPU-1, \"x"} {
		if got, err := parseSMI(garbage); err == nil {
			t.Errorf("%q is read as %s", garbage, show(got))
		}
	}
}

// TestNVMLAgreesWithSMI compares both on a machine that has such a card, in the
// same second.
func TestNVMLAgreesWithSMI(t *testing.T) {
	smi, err := exec.LookPath("nvidia-smi")
	if err != nil {
		t.Skip("no NVIDIA card on this machine")
	}
	r := newNVML(nvmlPaths, nothing)
	defer r.close()
	if _, err := r.read(t.Context(), time.Now()); err != nil { // starts the library
		t.Fatal(err)
	}
	out, err := exec.Command(smi, "--query-gpu="+smiQuery, "--format=csv,noheader,nounits").Output()
	if err != nil {
		t.Skipf("nvidia-smi does not work here: %v", err)
	}
	got, err := r.read(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	want, err := parseSMI(string(out))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("nvidia-smi printed\n%sand we read %s", out, show(got.gpus))
	if len(got.gpus) != len(want) {
		t.Fatalf("%d GPUs, nvidia-smi has %d", len(got.gpus), len(want))
	}
	for i, g := range got.gpus {
		w := want[i]
		if g.ID != w.ID || g.Name != w.Name {
			t.Errorf("%s %s, nvidia-smi has %s %s", g.ID, g.Name, w.ID, w.Name)
		}
		near(t, "memory used", float64p(g.MemoryUsedBytes), float64p(w.MemoryUsedBytes), 64<<20)
		near(t, "memory", float64p(g.MemoryTotalBytes), float64p(w.MemoryTotalBytes), 1<<20)
		near(t, "°C", g.TemperatureCelsius, w.TemperatureCelsius, 5)
		near(t, "use", g.Utilization, w.Utilization, 0.5)
		near(t, "W", g.PowerWatts, w.PowerWatts, 100)
	}
}

func float64p(n *int64) *float64 {
	if n == nil {
		return nil
	}
	return ptr(float64(*n))
}

// near wants both or none, and not far apart.
func near(t *testing.T, what string, got, want *float64, apart float64) {
	t.Helper()
	if (got == nil) != (want == nil) || got != nil && math.Abs(*got-*want) > apart {
		t.Errorf("%s: %s, nvidia-smi has %s", what, show(got), show(want))
	}
}
