package backend

// Unit is what the figures of a series count.
type Unit string

// The units of series.
const (
	UnitBytes   Unit = "bytes"
	UnitRatio   Unit = "ratio" // 0 to 1
	UnitWatts   Unit = "watts"
	UnitCelsius Unit = "celsius"
	UnitLevel   Unit = "level" // of memory pressure: 0 normal, 1 warning, 2 critical
)

// Resolution is how finely samples were kept.
type Resolution string

// The resolutions, from fine to coarse.
const (
	ResolutionRaw    Resolution = "raw"    // 10 seconds, for a day
	ResolutionMinute Resolution = "minute" // for 30 days
	ResolutionHour   Resolution = "hour"   // for two years
)

// SampleQuery selects samples from From until To, which is not in it any more.
type SampleQuery struct {
	From, To Time
	Points   int      // at most as many rows, two at least; 0 means 1000
	Names    []string // series, each by its name or by the beginning of it up to a dot; empty means all
}

// Samples is the machine's figures over a span of time, as columns: AtMS is the
// rows' time, and each series has a value in each of its columns for each row.
type Samples struct {
	From        Time       `json:"from" format:"date-time"`
	To          Time       `json:"to" format:"date-time"`
	StepSeconds float64    `json:"step_seconds" doc:"What a row covers, from its time on. The first may begin before from"`
	Resolution  Resolution `json:"resolution" enum:"raw,minute,hour" doc:"How finely what the rows are made of was kept"`
	AtMS        []int64    `json:"at_ms" doc:"When each row begins, in milliseconds since 1970, ascending and not evenly: there is no row where nothing was read, but one with nulls in each gap that is longer than a row"`
	Gaps        []Gap      `json:"gaps" doc:"When nothing at all was read for longer than is usual: asleep, or Pilotlight did not run"`
	Items       []Series   `json:"items"`
}

// Gap is a span of time of which nothing is known.
type Gap struct {
	From Time `json:"from" format:"date-time"`
	To   Time `json:"to" format:"date-time"`
}

// Series is one figure over time. A GPU's series go by its id, whatever it is
// called: memory.used, gpu.GPU-5c2f.power.
type Series struct {
	Name  string `json:"name" doc:"memory.used|wired|compressed|cached|available|swap|total|pressure, cpu.utilization, models.memory, gpu.ID.utilization|memory_used|memory_limit|power|temperature"`
	Unit  Unit   `json:"unit" enum:"bytes,ratio,watts,celsius,level"`
	GPU   string `json:"gpu,omitempty" doc:"The GPU's id"`
	Label string `json:"label,omitempty" doc:"The GPU's name, as it was last called"`
	Min   Column `json:"min" doc:"The least of what was read in each row's time; null where nothing was. A figure that is read more seldom than others stays until its next reading, for at most a minute"`
	Mean  Column `json:"mean"`
	Max   Column `json:"max"`
}

// SampleRow is one series in one span of time, for export.
type SampleRow struct {
	At         Time       `json:"at" format:"date-time" doc:"Where the span begins"`
	Resolution Resolution `json:"resolution" enum:"raw,minute,hour"`
	Seconds    float64    `json:"span_seconds"`
	Name       string     `json:"name"`
	Unit       Unit       `json:"unit" enum:"bytes,ratio,watts,celsius,level"`
	GPU        string     `json:"gpu,omitempty"`
	Label      string     `json:"label,omitempty"`
	Count      int64      `json:"count" doc:"How many readings it is made of"`
	Min        float64    `json:"min"`
	Mean       float64    `json:"mean"`
	Max        float64    `json:"max"`
}

// SampleRowQuery selects rows for export. Nil and empty fields do not restrict;
// without a resolution each moment comes as finely as it is kept.
type SampleRowQuery struct {
	Since, Until *Time
	Resolution   Resolution
}
