package platform

import (
	"context"
	"errors"
	"os/exec"
	"strings"

	"pilotlight/backend"
)

// maxRegistry bounds what is read of the registry, in bytes. A Mac with two
// GPUs prints about 20 kB.
const maxRegistry = 1 << 20

// GPU looks whether the I/O registry lists a GPU's driver with its figures.
func GPU(ctx context.Context) backend.GPUProbe {
	out := limited{max: maxRegistry}
	cmd := exec.CommandContext(ctx, "/usr/sbin/ioreg", "-r", "-d", "1", "-w", "0", "-c", "IOAccelerator")
	cmd.Stdout, cmd.WaitDelay = &out, killWait
	if err := cmd.Run(); err != nil {
		return backend.GPUProbe{Err: err}
	}
	text := out.buf.String()
	p := backend.GPUProbe{Card: strings.Contains(text, "IOAccelerator")}
	if !strings.Contains(text, "PerformanceStatistics") {
		p.Err = errors.New("the I/O registry has no figures of a GPU")
		return p
	}
	p.Source = "ioreg"
	return p
}
