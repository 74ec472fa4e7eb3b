package backend

// Verdict says whether a model fits into memory.
type Verdict string

// The verdicts.
const (
	Fits       Verdict = "fits"
	Tight      Verdict = "tight"
	TooBig     Verdict = "too_big"
	FitUnknown Verdict = "unknown"
)

// LimitOf says which memory is the scarcer one for a load.
type LimitOf string

// The memories. Where a GPU works in the machine's own RAM both have a limit.
const (
	LimitGPU LimitOf = "gpu"
	LimitRAM LimitOf = "ram"
)

// Fit is the memory that a model takes at a context length, against what there
// is. What is not known is left out. TotalBytes is the likely figure, LowBytes
// and HighBytes what it could be at least and at most; where only the size of
// the files is known, TotalBytes is the least.
type Fit struct {
	ContextLength  *int     `json:"context_length,omitempty" doc:"Tokens that the figures are for; left out where the server chooses"`
	WeightsBytes   *int64   `json:"weights_bytes,omitempty"`
	KVBytes        *int64   `json:"kv_bytes,omitempty" doc:"What the context takes when it is full"`
	OverheadBytes  *int64   `json:"overhead_bytes,omitempty" doc:"Compute buffers, likely; left out where the total has them in it"`
	TotalBytes     int64    `json:"total_bytes"`
	LowBytes       *int64   `json:"low_bytes,omitempty" doc:"What it takes at least"`
	HighBytes      *int64   `json:"high_bytes,omitempty" doc:"What it takes at most"`
	LimitOf        *LimitOf `json:"limit_of,omitempty" enum:"gpu,ram" doc:"Whose limit it is: of the memories that the load needs, the scarcer one"`
	LimitBytes     *int64   `json:"limit_bytes,omitempty"`
	InUseBytes     *int64   `json:"in_use_bytes,omitempty" doc:"Now"`
	AvailableBytes *int64   `json:"available_bytes,omitempty"`
	ReserveBytes   *int64   `json:"reserve_bytes,omitempty" doc:"What should stay free for the system and other programs"`
	AfterBytes     *int64   `json:"after_bytes,omitempty" doc:"In use after this load, in place of the instances that it replaces"`
	ReplacedBytes  *int64   `json:"replaced_bytes,omitempty" doc:"What the model's own instances hold at least, which this load would replace; counted as free"`
	EvictableBytes *int64   `json:"evictable_bytes,omitempty" doc:"What idle instances hold at least that the server loaded for a request, and unloads for another; not counted as free, because a load on purpose evicts nothing"`
	Evictable      []string `json:"evictable,omitempty" doc:"The ids of these instances"`
	SpillBytes     *int64   `json:"spill_bytes,omitempty" doc:"What would not fit into the GPU's own memory and run from RAM, slowly"`
	Learned        *Learned `json:"learned,omitempty"`
	Verdict        Verdict  `json:"verdict" enum:"fits,tight,too_big,unknown"`
	Basis          string   `json:"basis" doc:"What the figures rest on"`
}

// Learned is how far earlier loads of a model were from what was reckoned. The
// totals of a Fit have it in them, its parts do not.
type Learned struct {
	Ratio float64 `json:"ratio" doc:"Measured to reckoned; 1.06 is 6 % more"`
	Loads int     `json:"loads" doc:"How many loads it rests on"`
}

// FitQuery asks what a load would take.
type FitQuery struct {
	Server        string // "" is the only or first one
	Model         string // a key, or a part that fits one model
	ContextLength *int   // tokens; nil leaves it to the server
	Parallel      *int   // requests at once; nil is not known
	KVCache       string // f16, q8_0 or q4_0; "" is not known and taken as f16
	Curve         bool   // tell how it goes with the context
}

// WhatIf answers a FitQuery.
type WhatIf struct {
	Server           string     `json:"server"`
	Model            string     `json:"model" doc:"The model's key"`
	MaxContextLength *int       `json:"max_context_length,omitempty" doc:"Tokens that the model can have at most"`
	Fit              *Fit       `json:"fit,omitempty" doc:"Left out when nothing is known of its size"`
	FitsUpTo         *int       `json:"fits_up_to,omitempty" doc:"The longest context that fits, in tokens; left out where none does, where it is not known, or without curve"`
	Curve            []FitPoint `json:"curve,omitempty" doc:"From the shortest context to the longest. Between two points bytes grow evenly; the verdict is that of the point before"`
}

// FitPoint is a Fit at one context length.
type FitPoint struct {
	ContextLength int     `json:"context_length" doc:"Tokens"`
	KVBytes       *int64  `json:"kv_bytes,omitempty"`
	TotalBytes    int64   `json:"total_bytes"`
	LowBytes      *int64  `json:"low_bytes,omitempty"`
	HighBytes     *int64  `json:"high_bytes,omitempty"`
	AfterBytes    *int64  `json:"after_bytes,omitempty"`
	Verdict       Verdict `json:"verdict" enum:"fits,tight,too_big,unknown"`
}
