package agent

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/keep"
	"pilotlight/backend/source/login"
	"pilotlight/backend/source/openclaw"
)

// Source is a model server as the hub needs it. Look costs one request in the
// steady state and never fails: what went wrong is in the Observation.
type Source interface {
	ID() string
	URL() string
	// Local says whether the server runs on this machine, so that this
	// machine's memory is its memory.
	Local() bool
	Look(ctx context.Context, now func() time.Time) backend.Observation
	// Detail is a look that also tells TTL and last use, given the look before.
	// It fails with CodeUnsupported where the server cannot tell.
	Detail(ctx context.Context, now func() time.Time, last backend.Observation) (backend.Observation, error)
	Processing(ctx context.Context, instanceID string) (backend.Processing, error)
	Estimate(ctx context.Context, r backend.LoadRequest) (backend.Estimate, error)
	// ModelPaths tells where the models' files are, by key, below the folder
	// that Config.ModelHome names. It fails with CodeUnsupported where the
	// server cannot tell.
	ModelPaths(ctx context.Context) (map[string]string, error)
	// Load returns when the server has loaded or refused; progress, 0 to 1, is
	// called from another goroutine and may never be.
	Load(ctx context.Context, r backend.LoadRequest, progress func(float64)) (backend.LoadResult, error)
	Unload(ctx context.Context, instanceID string) error
	Ping(ctx context.Context, instanceID string) error
	Close() error
}

// Config is what an Agent is made of. Every field without "optional" is needed.
type Config struct {
	Home         string // the state folder
	Listen       string // host:port of the dashboard and API
	ListenUnsafe bool   // optional: allow an address that others can reach
	Poll         time.Duration
	Source       Source
	ServerName   string
	// NewSource makes what speaks with another server, one of OpenClaw's config;
	// optional: without it only the main one is watched.
	NewSource func(ServerSpec) Source
	// Sample reads the groups that are wanted of this machine; what else is known
	// comes with it. The sample is good with an error too, which tells what of it
	// could not be read.
	Sample     func(ctx context.Context, want backend.Want) (backend.Sample, error)
	Unified    bool             // models live in the RAM that Sample reads
	ModelHome  func() ModelHome // optional: asked when models came or went, where their files are on this machine
	SettleLoad time.Duration    // optional: how long after a load or unload memory is measured; 0 is 5 s
	// PeerPatience is how long another Pilotlight may take to answer a look.
	PeerPatience time.Duration // optional: 0 is 3 s
	Keep         keep.Settings
	Checkup      Checkup                                             // optional: what the doctor asks of this machine
	OpenClaw     *openclaw.Env                                       // optional: without it no OpenClaw is looked for
	OpenClawLog  string                                              // optional: OpenClaw's log, where its config does not tell
	Login        *login.Item                                         // optional: what starts Pilotlight at login; the demo has none
	Notify       func(ctx context.Context, title, text string) error // optional: shows a notice on the desktop
	GiveBack     func()                                              // optional: returns memory to the system that a busy moment took
	// Rest is told true when nobody looks and nothing goes on, until it is told false:
	// what there is to do then is little, and needs no more than one thread.
	Rest      func(resting bool) // optional
	Version   string
	Releases  string // optional: the page that publishes versions; without it no newer one is looked for
	Demo      bool
	Dashboard fs.FS
	Log       *slog.Logger
	Now       func() time.Time
	// Started is called once, before Ready, with the running agent, for faces
	// that live in the same process. It returns at once.
	Started func(*Agent) // optional
	// Ready is called once, when the agent serves: url is the dashboard's
	// address, link the same with a one-time sign-in.
	Ready func(url, link string) // optional
}

// ServerSpec says where a server of OpenClaw's config is and what it is known to be.
type ServerSpec struct {
	ID     string
	URL    string         // as OpenClaw's config has it, with the path of the API
	Root   string         // the same without that path
	Token  backend.Secret // for this server's own host alone; none of a hosted one
	Hosted bool           // somebody's service: whether it can be reached is all that may be asked
	Engine backend.Engine // lmstudio once it has turned out to be one; else ""
}

// MinPoll is the least watch period: LM Studio writes log lines for every look.
const MinPoll = 250 * time.Millisecond
