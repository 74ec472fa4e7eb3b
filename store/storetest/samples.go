package storetest

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"pilotlight/backend"
)

// Machine is a sample of a busy machine with two GPUs: twenty series. Models come
// and go over the hours and everything trembles a little, as it does.
func Machine(at time.Time, rng *rand.Rand) backend.Sample {
	const gib = 1 << 30
	hours := float64(at.Unix()) / 3600
	wave := 0.5 + 0.5*math.Sin(hours/7)
	loaded := int64(hours/5) % 3 * 31 * gib
	noise := func(scale float64) float64 { return rng.Float64() * scale }
	bytes := func(base float64) *int64 { n := int64(base + noise(gib/10)); return &n }
	pressure := "normal"
	if wave > 0.9 {
		pressure = "warning"
	}
	sample := backend.Sample{
		At: backend.At(at), CPU: &backend.CPU{Utilization: min(1, 0.1+0.3*wave+noise(0.2))},
		Memory: &backend.Memory{
			TotalBytes: 128 * gib, UsedBytes: *bytes(20*gib + 8*gib*wave + float64(loaded)),
			AvailableBytes: bytes(100*gib - 8*gib*wave - float64(loaded)), WiredBytes: bytes(6*gib + float64(loaded)),
			CompressedBytes: bytes(2 * gib * wave), CachedBytes: bytes(10 * gib), SwapUsedBytes: bytes(gib * wave), Pressure: &pressure,
		},
		Processes: []backend.Process{{PID: 1, Role: "model_worker", MemoryBytes: *bytes(float64(loaded))}},
	}
	for _, id := range []string{"GPU-11111111-2222-3333-4444-555555555555", "GPU-66666666-7777-8888-9999-000000000000"} {
		use, watts, degrees := wave*noise(1), 70+200*wave+noise(60), 40+20*wave+noise(4)
		limit := int64(80 * gib)
		sample.GPUs = append(sample.GPUs, backend.GPU{
			ID: id, Name: "NVIDIA H100 80GB HBM3", Utilization: &use, MemoryUsedBytes: bytes(float64(loaded) / 2),
			MemoryLimitBytes: &limit, PowerWatts: &watts, TemperatureCelsius: &degrees,
		})
	}
	return sample
}

// Samples is the part of a store that FillSamples needs.
type Samples interface {
	AddSample(at backend.Time, list []backend.Reading) (due bool)
	Flush(ctx context.Context) error
	Prune(ctx context.Context) (rows int64, err error)
}

// FillSamples gives a store the samples of a year up to end, as retention leaves
// them: by hours, for the last 31 days by minutes and for the last 26 hours by 10
// seconds. It takes the way that an agent takes, but only as many readings as each
// of these needs to be as large as after a year: 130 in an hour, 6 in a minute.
func FillSamples(ctx context.Context, db Samples, end time.Time) error {
	rng := rand.New(rand.NewPCG(3, 4))
	f := filler{ctx: ctx, db: db}
	minutes, tens := end.Add(-31*24*time.Hour), end.Add(-26*time.Hour)
	for at := end.AddDate(-1, 0, 0); at.Before(minutes); at = at.Add(time.Hour) {
		// In one span of 10 seconds, so that only one of the rows that retention
		// would have taken away is made.
		f.burst(Machine(at, rng), 130, 77*time.Millisecond, rng)
	}
	for at := minutes; at.Before(tens); at = at.Add(time.Minute) {
		f.burst(Machine(at, rng), 6, time.Second, rng)
	}
	for at := tens; at.Before(end); at = at.Add(5 * time.Second) {
		f.burst(Machine(at, rng), 1, 0, rng)
	}
	if f.flush(); f.err != nil {
		return f.err
	}
	for range 100 { // each gives back a few megabytes at most
		if _, err := db.Prune(ctx); err != nil {
			return err
		}
	}
	return nil
}

type filler struct {
	ctx   context.Context
	db    Samples
	spans int
	err   error
}

// burst adds a sample several times, each a little other than the one before.
func (f *filler) burst(s backend.Sample, times int, apart time.Duration, rng *rand.Rand) {
	list := s.Readings()
	begin := s.At.Truncate(10 * time.Second)
	for i := range times {
		at := s.At.Time
		if times > 1 {
			at = begin.Add(time.Duration(i) * apart)
		}
		f.db.AddSample(backend.At(at), list)
		for j := range list {
			list[j].Value *= 1 + 0.01*(rng.Float64()-0.5)
		}
	}
	if f.spans++; f.spans%150 == 0 { // far below what may wait
		f.flush()
	}
}

func (f *filler) flush() {
	if f.err == nil {
		f.err = f.db.Flush(f.ctx)
	}
}
