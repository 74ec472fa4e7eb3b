package doctor

import (
	"fmt"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

const (
	// someSwap is how much swap says nothing: systems put away what nobody uses.
	someSwap      = int64(1) << 30
	someSwapShare = 20 // and it is one part in so many of RAM at least
)

func (m *machineScene) pressure() backend.Check {
	d := about("memory_pressure", groupMachine, "Memory is not short")
	if m.memory == nil || m.memory.Pressure == nil {
		return d.skip("It is not known how short memory is.")
	}
	used := fmt.Sprintf("%s of %s are used", fit.RAM(m.memory.UsedBytes), fit.RAM(m.memory.TotalBytes))
	switch *m.memory.Pressure {
	case backend.PressureNormal:
		return d.ok("%s.", used)
	case backend.PressureWarning:
		return on("now", d.warn("Close programs, or load the model with a shorter context.", "%s, and programs wait for memory.", used))
	case backend.PressureCritical:
		return on("now", d.fail("Unload a model or close programs now: answers crawl, and "+m.system()+" may end a program to get memory.", "%s, and memory is as good as gone.", used))
	}
	return d.skip("It is not known what the pressure %q means.", clip(*m.memory.Pressure, maxWord))
}

func (m *machineScene) swap() backend.Check {
	d := about("swap", groupMachine, "Nothing is swapped out")
	if m.memory == nil || m.memory.SwapUsedBytes == nil || *m.memory.SwapUsedBytes < 0 {
		return d.skip("It is not known how much is swapped out.")
	}
	used := *m.memory.SwapUsedBytes
	switch {
	case used == 0:
		return d.ok("No swap is in use.")
	case used < max(someSwap, m.memory.TotalBytes/someSwapShare):
		return d.ok("%s are swapped out, which is little.", fit.RAM(used))
	}
	return on("now", d.warn("Close programs or use a shorter context. Swap that was needed once may stay in use; look whether it grows while the model answers.",
		"%s are swapped out. A model that is partly swapped answers very slowly.", fit.RAM(used)))
}

// smallGPU is up to how much memory a GPU is a small one, in bytes: cards that are
// sold with 24 GB tell of a bit more or less.
const smallGPU = int64(25) << 30

// singleGPU says what OpenClaw's documentation says of one card of 24 GB.
func (m *machineScene) singleGPU() backend.Check {
	d := about("single_gpu", groupMachine, "The GPU is large enough for an agent")
	if why := m.noneHere(); why != "" {
		return d.skip("%s", why)
	}
	total, n := m.gpuMemory()
	switch {
	case n == 0:
		return d.skip("There is no GPU whose memory Pilotlight can read.")
	case n == 1 && total <= smallGPU:
		return d.warn("Keep OpenClaw's tools and its context few, leave long work to a hosted model, and use a build that fits whole.",
			"A single GPU of %s: lighter prompts, higher latency.", fit.RAM(total))
	case n == 1:
		return d.ok("It has %s for models.", fit.RAM(total))
	}
	return d.ok("%d GPUs have %s for models together.", n, fit.RAM(total))
}

const (
	fullDisk = int64(5e9)  // bytes; swap and logs need that much
	lowDisk  = int64(25e9) // bytes; the next build may be larger
)

func (m *machineScene) disk() backend.Check {
	d := about("disk_room", groupMachine, "There is room for models")
	if m.Disk == nil || m.Disk.TotalBytes <= 0 || m.Disk.FreeBytes < 0 {
		return d.skip("It is not known where models are kept, or what room is there.")
	}
	said := fmt.Sprintf("%s of %s are free in %s", fit.GB(m.Disk.FreeBytes), fit.GB(m.Disk.TotalBytes), clip(m.Disk.Path, 160))
	const hint = "Delete builds that you no longer use, in LM Studio under My Models."
	switch {
	case m.Disk.FreeBytes < fullDisk:
		return d.fail(hint+" A full disk stops swapping, logs and OpenClaw's own records too.", "%s.", said)
	case m.Disk.FreeBytes < lowDisk:
		return d.warn(hint, "%s, which is less than most builds take.", said)
	}
	return d.ok("%s.", said)
}

// sleep warns of a machine that goes to sleep while nobody types: the agent's
// channels and the model go with it.
func (m *machineScene) sleep() backend.Check {
	d := about("sleep", groupMachine, "It does not go to sleep")
	s := m.Sleep
	switch {
	case s == nil || s.IdleMinutes == nil && s.Held == "":
		return d.skip("It is not known when this machine goes to sleep by itself.")
	case s.IdleMinutes != nil && *s.IdleMinutes <= 0:
		return d.ok("It never does by itself%s.", onBattery(s))
	case s.IdleMinutes == nil:
		return d.ok("%s keeps it awake now.", upper(clip(s.Held, 160)))
	case s.Held != "":
		return d.ok("It would after %s%s, but %s keeps it awake now.", idle(s), onBattery(s), clip(s.Held, 160))
	}
	return d.warn(m.awake(), "After %s without a person it sleeps%s: then nobody reaches the agent, and an answer that is under way is cut off.", idle(s), onBattery(s))
}

func (m *machineScene) awake() string {
	if m.OS == darwin {
		return "In System Settings, Energy (on a laptop: Battery, Options), switch \"Prevent automatic sleeping when the display is off\" on, or run: caffeinate -i. A closed lid sleeps all the same."
	}
	return "In the desktop's power settings switch automatic suspend off, or set IdleAction=ignore in /etc/systemd/logind.conf, or run the gateway with: systemd-inhibit --what=idle:sleep."
}

func idle(s *backend.SleepRule) string {
	return span(time.Duration(min(*s.IdleMinutes, 1e6) * float64(time.Minute)))
}

func onBattery(s *backend.SleepRule) string {
	if s.OnBattery {
		return " on its battery, which it runs on now"
	}
	return ""
}
