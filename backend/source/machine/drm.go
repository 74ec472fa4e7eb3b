package machine

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Linux's graphics drivers show their cards in /sys/class/drm, one value a
// file. A card that sleeps is woken up by reading some of them, so its state is
// read first (kernel documentation: power/runtime_pm.rst, gpu/amdgpu).

// drmCard is one card, under a folder /sys.
type drmCard struct {
	sys     fs.FS
	dir     string // class/drm/card0
	vendor  string // 0x1002
	device  string // 0x744c
	rev     string // 0xc8
	address string // 0000:03:00.0
	driver  string
}

var cardName = regexp.MustCompile(`^card\d+$`) // not card0-HDMI-A-1, a plug

// drmCards lists the cards of a maker. It reads nothing that wakes a card.
func drmCards(sys fs.FS, vendor string) []drmCard {
	entries, err := fs.ReadDir(sys, "class/drm")
	if err != nil {
		return nil
	}
	var all []drmCard
	for _, e := range entries {
		if !cardName.MatchString(e.Name()) || len(all) == maxCards {
			continue
		}
		c := drmCard{sys: sys, dir: path.Join("class/drm", e.Name())}
		if c.vendor = c.text("device/vendor"); c.vendor != vendor {
			continue
		}
		c.device, c.rev = c.text("device/device"), c.text("device/revision")
		for line := range strings.Lines(c.text("device/uevent")) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			switch key {
			case "PCI_SLOT_NAME":
				c.address = value
			case "DRIVER":
				c.driver = value
			}
		}
		all = append(all, c)
	}
	return all
}

const maxCards = 64

// raw is a file's content, nil where it cannot be read.
func (c drmCard) raw(name string) []byte {
	b, err := fs.ReadFile(c.sys, path.Join(c.dir, name))
	if err != nil {
		return nil
	}
	return b
}

// text is a file's content without the newline, "" where it cannot be read.
func (c drmCard) text(name string) string { return strings.TrimSpace(string(c.raw(name))) }

func (c drmCard) number(name string) (uint64, error) {
	text := c.text(name)
	if text == "" {
		return 0, errors.New(name + " tells nothing")
	}
	return strconv.ParseUint(text, 10, 64)
}

// asleep says that the driver has switched the card off until it is needed.
func (c drmCard) asleep() bool {
	return suspended(c.text("device/power/runtime_status"))
}

func suspended(status string) bool { return status == "suspended" || status == "suspending" }

// hwmon is the first of the card's sensors' folders, "" for none.
func (c drmCard) hwmon() string {
	found, err := fs.Glob(c.sys, path.Join(c.dir, "device/hwmon/hwmon*"))
	if err != nil || len(found) == 0 {
		return ""
	}
	return strings.TrimPrefix(found[0], c.dir+"/")
}

// sensor is the first of some files that has a number.
func (c drmCard) sensor(dir string, names ...string) (uint64, bool) {
	if dir == "" {
		return 0, false
	}
	for _, name := range names {
		if n, err := c.number(path.Join(dir, name)); err == nil {
			return n, true
		}
	}
	return 0, false
}

// nvidiaPower gives the PCI addresses of NVIDIA's graphics cards if every one
// sleeps, and says whether any may fall asleep at all.
func nvidiaPower(sys fs.FS) (asleep []string, sleepy bool) {
	entries, err := fs.ReadDir(sys, "bus/pci/drivers/nvidia")
	if err != nil {
		return nil, false
	}
	awake := false
	for _, e := range entries {
		dir := path.Join("bus/pci/drivers/nvidia", e.Name())
		card := drmCard{sys: sys, dir: dir}
		if !strings.Contains(e.Name(), ":") || !strings.HasPrefix(card.text("class"), "0x03") {
			continue
		}
		sleepy = sleepy || card.text("power/control") == "auto"
		if suspended(card.text("power/runtime_status")) {
			asleep = append(asleep, e.Name())
		} else {
			awake = true
		}
	}
	if awake {
		asleep = nil
	}
	return asleep, sleepy
}
