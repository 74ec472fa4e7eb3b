package platform

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/ebitengine/purego"

	"pilotlight/backend"
)

// nvml is NVIDIA's management library, as its driver installs it.
const nvml = "libnvidia-ml.so.1"

// nvidiaVendor is NVIDIA's number in the PCI lists.
const nvidiaVendor = "0x10de"

// GPU looks whether NVIDIA's library can be loaded. It is opened and closed;
// no function of it is called, so no driver is woken up.
func GPU(context.Context) backend.GPUProbe {
	p := backend.GPUProbe{Card: nvidiaCard("/sys/bus/pci/devices")}
	lib, err := purego.Dlopen(nvml, purego.RTLD_LAZY|purego.RTLD_LOCAL)
	if err != nil {
		p.Err = errors.New("the driver's library " + nvml + " is not there")
		return p
	}
	_ = purego.Dlclose(lib)
	p.Source = "nvml"
	return p
}

// nvidiaCard says whether the PCI bus has a display controller (class 0x03) of
// NVIDIA's.
func nvidiaCard(devices string) bool {
	found, _ := filepath.Glob(filepath.Join(devices, "*", "vendor"))
	for _, file := range found {
		vendor, err := os.ReadFile(file)
		if err != nil || strings.TrimSpace(string(vendor)) != nvidiaVendor {
			continue
		}
		class, err := os.ReadFile(filepath.Join(filepath.Dir(file), "class"))
		if err == nil && strings.HasPrefix(string(class), "0x03") {
			return true
		}
	}
	return false
}
