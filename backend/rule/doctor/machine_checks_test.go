package doctor_test

import (
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

// fitting sets what the model takes at the config's context.
func fitting(v backend.Verdict, total, limit, free int64, of backend.LimitOf, upTo *int) func(*doctor.Facts) {
	return func(f *doctor.Facts) {
		f.Fits[held] = doctor.Fitted{FitsUpTo: upTo, AtConfig: &backend.Fit{
			ContextLength: ptr(196608), TotalBytes: total * gb, LimitOf: &of, LimitBytes: ptr(limit * gb), AvailableBytes: ptr(free * gb),
			ReserveBytes: ptr(12 * gb), Verdict: v,
		}}
	}
}

func both(all ...func(*doctor.Facts)) func(*doctor.Facts) {
	return func(f *doctor.Facts) {
		for _, one := range all {
			one(f)
		}
	}
}

func TestMemoryFits(t *testing.T) {
	t.Parallel()
	const lower = "lower_context models.providers.lmstudio.models[0].contextWindow=65536"
	each(t, []trouble{
		{"it does", "memory_fits", fitting(backend.Fits, 145, 512, 300, backend.LimitRAM, nil), "ok",
			"MiniMax M2.1 takes about 145 GB with a context of 196,608 tokens; of 512 GB of RAM, 300 GB are free, and 12 GB of it stay with macOS.", "", nil},
		{"on Linux", "memory_fits", both(fitting(backend.Fits, 145, 512, 300, backend.LimitRAM, nil), func(f *doctor.Facts) { f.OS = "linux" }), "ok", "stay with the system.", "", nil},
		{"too big, but not with less", "memory_fits", fitting(backend.TooBig, 145, 107, 90, backend.LimitGPU, ptr(70000)), "fail",
			"of 107 GB that the GPU may use, 90 GB are free", "fits with up to 70,000 tokens", []string{lower}},
		{"tight", "memory_fits", fitting(backend.Tight, 145, 160, 150, backend.LimitRAM, ptr(70000)), "warn", "about 145 GB", "70,000", []string{lower}},
		{"too big whatever", "memory_fits", fitting(backend.TooBig, 145, 96, 90, backend.LimitRAM, nil), "fail", "about 145 GB", "smaller build", nil},
		{"fits only what no agent can use", "memory_fits", fitting(backend.TooBig, 145, 96, 90, backend.LimitRAM, ptr(4096)), "fail", "about 145 GB", "smaller build", nil},
		{"spills", "memory_fits", func(f *doctor.Facts) {
			fitting(backend.Tight, 30, 24, 23, backend.LimitGPU, nil)(f)
			f.Fits[held].AtConfig.SpillBytes = ptr(7 * gb)
		}, "warn", "7.0 GB of it would run from RAM, slowly", "", nil},
		{"its own load counts as free", "memory_fits", func(f *doctor.Facts) {
			fitting(backend.Fits, 145, 512, 300, backend.LimitRAM, nil)(f)
			f.Fits[held].AtConfig.ReplacedBytes = ptr(140 * gb)
		}, "ok", "440 GB are free", "", nil},
		{"never more free than there is", "memory_fits", func(f *doctor.Facts) {
			fitting(backend.Fits, 145, 512, 500, backend.LimitRAM, nil)(f)
			f.Fits[held].AtConfig.ReplacedBytes = ptr(140 * gb)
		}, "ok", "512 GB are free", "", nil},
		{"the context is as loaded", "memory_fits", func(f *doctor.Facts) {
			fitted := f.Fits[held]
			fitted.AtConfig = nil
			f.Fits[held] = fitted
		}, "ok", "about 170 GB", "", nil},
		{"no verdict", "memory_fits", fitting(backend.FitUnknown, 145, 512, 300, backend.LimitRAM, nil), "skip", "not known what the models", "", nil},
		{"nothing reckoned", "memory_fits", func(f *doctor.Facts) { f.Fits = nil }, "skip", "not known what the models", "", nil},
		{"on another machine", "memory_fits", func(f *doctor.Facts) { srv(f).Host = "studio.local" }, "skip", "on other machines", "", nil},
		{"hosted alone", "memory_fits", func(f *doctor.Facts) { f.Status.OpenClaw.Chain = f.Status.OpenClaw.Chain[1:] }, "skip", "server of your own", "", nil},
	})
}

func TestWhatTheGPUMayUse(t *testing.T) {
	t.Parallel()
	limit := func(ram, gpu int64) func(*doctor.Facts) {
		return func(f *doctor.Facts) {
			f.Status.Machine.Memory.TotalBytes, f.Status.Machine.GPUs[0].MemoryLimitBytes = ram*gb, ptr(gpu*gb)
		}
	}
	needs := func(n int64) func(*doctor.Facts) { return fitting(backend.Tight, n, 1, 1, backend.LimitGPU, nil) }
	each(t, []trouble{
		{"enough", "gpu_share", both(limit(512, 400), needs(170)), "ok", "The GPU may use 400 GB of 512 GB, and the largest model of the chain takes about 170 GB.", "", nil},
		{"too little, and macOS has room", "gpu_share", both(limit(128, 96), needs(100)), "warn", "takes about 100 GB", "sudo sysctl iogpu.wired_limit_mb=104448.", nil},
		{"up to what macOS needs", "gpu_share", both(limit(128, 96), needs(115)), "warn", "takes about 115 GB", "iogpu.wired_limit_mb=117964.", nil},
		{"too little whatever", "gpu_share", both(limit(128, 96), needs(127)), "warn", "takes about 127 GB", "smaller build", nil},
		{"nothing reckoned", "gpu_share", both(limit(128, 96), func(f *doctor.Facts) { f.Fits = nil }), "ok", "The GPU may use 96 GB of 128 GB.", "", nil},
		{"not read", "gpu_share", func(f *doctor.Facts) { f.Status.Machine.GPUs = nil }, "skip", "not known how much", "", nil},
		{"on Linux", "gpu_share", func(f *doctor.Facts) { f.OS = "linux" }, "skip", "Only macOS", "", nil},
	})
}

func TestGPUs(t *testing.T) {
	t.Parallel()
	cards := func(unified bool, sizes ...int64) func(*doctor.Facts) {
		return func(f *doctor.Facts) {
			f.OS, f.Unified, f.Status.Machine.GPUs = "linux", unified, nil
			for _, n := range sizes {
				g := backend.GPU{Vendor: "nvidia"}
				if n > 0 {
					g.MemoryTotalBytes = ptr(n * gb)
				}
				f.Status.Machine.GPUs = append(f.Status.Machine.GPUs, g)
			}
		}
	}
	each(t, []trouble{
		{"one of 24 GB", "single_gpu", cards(false, 24), "warn", "A single GPU of 24 GB: lighter prompts, higher latency.", "build that fits whole", nil},
		{"one of 12 GB", "single_gpu", cards(false, 12), "warn", "A single GPU of 12 GB: lighter prompts, higher latency.", "", nil},
		{"a little more than it says", "single_gpu", func(f *doctor.Facts) {
			cards(false, 24)(f)
			f.Status.Machine.GPUs[0].MemoryTotalBytes = ptr(24*gb + 512<<20)
		}, "warn", "lighter prompts, higher latency", "", nil},
		{"one of 48 GB", "single_gpu", cards(false, 48), "ok", "48 GB for models", "", nil},
		{"two of 24 GB", "single_gpu", cards(false, 24, 24), "ok", "2 GPUs have 48 GB", "", nil},
		{"one beside one that does not tell", "single_gpu", cards(false, 24, 0), "warn", "A single GPU of 24 GB", "", nil},
		{"a small Mac", "single_gpu", func(f *doctor.Facts) { f.Status.Machine.GPUs[0].MemoryLimitBytes = ptr(21 * gb) }, "warn", "A single GPU of 21 GB", "", nil},
		{"none", "single_gpu", cards(false), "skip", "no GPU whose memory", "", nil},
		{"elsewhere", "single_gpu", both(cards(false, 24), func(f *doctor.Facts) { srv(f).Host = "studio.local" }), "skip", "on other machines", "", nil},
		{"its own memory", "memory_kind", cards(false, 24), "ok", "In the GPU's own memory, 24 GB; what does not fit there goes into RAM, 512 GB, and is slow.", "", nil},
		{"its own, RAM not read", "memory_kind", both(cards(false, 24), func(f *doctor.Facts) { f.Status.Machine.Memory = nil }), "ok", "own memory: 24 GB.", "", nil},
		{"shared", "memory_kind", func(*doctor.Facts) {}, "ok", "In this machine's RAM, which the GPU shares: 512 GB.", "", nil},
		{"shared, not read", "memory_kind", func(f *doctor.Facts) { f.Status.Machine.Memory = nil }, "skip", "could not be read", "", nil},
		{"no GPU", "memory_kind", cards(false), "skip", "no GPU that Pilotlight can read", "", nil},
		{"nothing", "memory_kind", both(cards(false), func(f *doctor.Facts) { f.Status.Machine = nil }), "skip", "Neither", "", nil},
	})
}

func TestStateOfTheMachine(t *testing.T) {
	t.Parallel()
	memory := func(change func(*backend.Memory)) func(*doctor.Facts) {
		return func(f *doctor.Facts) { change(f.Status.Machine.Memory) }
	}
	swap := func(n *int64) func(*doctor.Facts) {
		return memory(func(m *backend.Memory) { m.TotalBytes, m.SwapUsedBytes = 64*gb, n })
	}
	pressure := func(level *string) func(*doctor.Facts) {
		return memory(func(m *backend.Memory) { m.Pressure = level })
	}
	disk := func(free float64) func(*doctor.Facts) {
		return func(f *doctor.Facts) { f.Disk.FreeBytes = int64(free * 1e9) }
	}
	sleeps := func(s *backend.SleepRule) func(*doctor.Facts) { return func(f *doctor.Facts) { f.Sleep = s } }
	each(t, []trouble{
		{"none", "swap", swap(ptr(int64(0))), "ok", "No swap is in use.", "", nil},
		{"a little", "swap", swap(ptr(gb)), "ok", "1.0 GB are swapped out, which is little.", "", nil},
		{"much", "swap", swap(ptr(20 * gb)), "warn", "20 GB are swapped out", "look whether it grows", nil},
		{"not known", "swap", swap(nil), "skip", "not known", "", nil},
		{"nothing read", "swap", func(f *doctor.Facts) { f.Status.Machine = nil }, "skip", "not known", "", nil},
		{"normal", "memory_pressure", pressure(ptr(backend.PressureNormal)), "ok", "180 GB of 512 GB are used.", "", nil},
		{"waiting", "memory_pressure", pressure(ptr(backend.PressureWarning)), "warn", "programs wait for memory", "Close programs", nil},
		{"critical", "memory_pressure", pressure(ptr(backend.PressureCritical)), "fail", "as good as gone", "macOS may end a program", nil},
		{"not told", "memory_pressure", pressure(nil), "skip", "not known how short", "", nil},
		{"a new word", "memory_pressure", pressure(ptr("fine\x00%d")), "skip", "fine\\x00%d", "", nil},
		{"room", "disk_room", disk(900), "ok", "900 GB of 2000 GB are free in /Users/ann/.lmstudio/models.", "", nil},
		{"little room", "disk_room", disk(20), "warn", "less than most builds take", "My Models", nil},
		{"no room", "disk_room", disk(4.9), "fail", "4.9 GB of 2000 GB", "swapping", nil},
		{"no room at all", "disk_room", disk(0), "fail", "0.0 GB of 2000 GB", "", nil},
		{"no disk known", "disk_room", func(f *doctor.Facts) { f.Disk = nil }, "skip", "not known", "", nil},
		{"never", "sleep", sleeps(&backend.SleepRule{IdleMinutes: ptr(0.0)}), "ok", "It never does by itself.", "", nil},
		{"soon", "sleep", sleeps(&backend.SleepRule{IdleMinutes: ptr(15.0)}), "warn", "After 15 min without a person it sleeps: then", "caffeinate -i", nil},
		{"on battery", "sleep", sleeps(&backend.SleepRule{IdleMinutes: ptr(1.0), OnBattery: true}), "warn", "on its battery, which it runs on now", "", nil},
		{"on Linux", "sleep", both(sleeps(&backend.SleepRule{IdleMinutes: ptr(15.0)}), func(f *doctor.Facts) { f.OS = "linux" }), "warn", "15 min", "IdleAction=ignore", nil},
		{"held", "sleep", sleeps(&backend.SleepRule{IdleMinutes: ptr(15.0), Held: "caffeinate"}), "ok", "It would after 15 min, but caffeinate keeps it awake now.", "", nil},
		{"held, no rule", "sleep", sleeps(&backend.SleepRule{Held: "caffeinate"}), "ok", "Caffeinate keeps it awake now.", "", nil},
		{"neither", "sleep", sleeps(&backend.SleepRule{}), "skip", "not known when", "", nil},
		{"not asked", "sleep", sleeps(nil), "skip", "not known when", "", nil},
	})
}
