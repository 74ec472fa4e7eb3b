package openclawtest

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// The versions that can be played. Another version is played as the newest of
// these that is not newer than it.
const (
	V2  = "2026.2.9"  // answers with the error's text instead of falling back
	V3  = "2026.3.13" // the first with lines about fallbacks
	V9  = "2026.9.6"  // SQLite, retries for a minute and more, loads LM Studio's models itself
	mib = 1 << 20
)

// Options describe the OpenClaw to play. StateDir alone is required.
type Options struct {
	Version     string // default V9
	StateDir    string // "~/.openclaw" of the one that is played
	LogDir      string // where day files go; default <StateDir>/tmp/openclaw
	LogFile     string // if set, logging.file of the config: one file for all days
	Profile     string // goes into the day files' names
	Primary     string // default "lmstudio/minimax-m2.1-gs32"
	Fallbacks   []string
	NoFallbacks bool              // leaves Fallbacks empty; else the default is "anthropic/claude-opus-4-6"
	Aliases     map[string]string // ref -> alias; default Minimax and Opus for the two above
	LMStudioURL string            // default "http://127.0.0.1:1234"
	API         string            // the lmstudio provider's; default "openai-responses"
	Context     int               // contextWindow of local models in tokens; default 196608
	Timeout     time.Duration     // the lmstudio provider's timeoutSeconds; 0 sets none. 2026.9 only
	NoPreload   bool              // params.preload: false. 2026.9 only
	GatewayPort int               // default 18789
	NoConfig    bool              // leaves the config alone
	RotateBytes int64             // default 100 MiB, OpenClaw's own
	// RetryWindow is how long 2026.9 repeats a failing request before it turns to
	// the next model; default 90 s, OpenClaw's own. All waits of a turn but those
	// for an answer that does not come shrink alike, with every version.
	RetryWindow time.Duration
	Now         func() time.Time // default time.Now; its zone is the machine's
	Seed        uint64           // of ids and waits; 0 takes one from Now
}

// The models of a default config.
const (
	DefaultPrimary  = "lmstudio/minimax-m2.1-gs32"
	DefaultFallback = "anthropic/claude-opus-4-6"
)

func (o Options) withDefaults() Options {
	o.Version = cmp.Or(o.Version, V9)
	o.LogDir = cmp.Or(o.LogDir, o.StateDir+"/tmp/openclaw")
	o.Primary = cmp.Or(o.Primary, DefaultPrimary)
	if o.Fallbacks == nil && !o.NoFallbacks {
		o.Fallbacks = []string{DefaultFallback}
	}
	if o.Aliases == nil {
		o.Aliases = map[string]string{DefaultPrimary: "Minimax", DefaultFallback: "Opus"}
	}
	o.LMStudioURL = strings.TrimRight(cmp.Or(o.LMStudioURL, "http://127.0.0.1:1234"), "/")
	o.API = cmp.Or(o.API, "openai-responses")
	o.Context = cmp.Or(o.Context, 196608)
	o.GatewayPort = cmp.Or(o.GatewayPort, 18789)
	o.RotateBytes = cmp.Or(o.RotateBytes, 100*mib)
	o.RetryWindow = cmp.Or(o.RetryWindow, fullWindow)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Seed == 0 {
		o.Seed = uint64(time.Now().UnixNano())
	}
	return o
}

// era is the habits that a version has.
type era int

const (
	era2 era = iota
	era3
	era9
)

func eraOf(version string) era {
	parts := strings.SplitN(version, ".", 3)
	month := 0
	if len(parts) > 1 {
		month, _ = strconv.Atoi(parts[1])
	}
	year, _ := strconv.Atoi(parts[0])
	switch {
	case year > 2026 || month >= 9:
		return era9
	case month >= 3:
		return era3
	}
	return era2
}
