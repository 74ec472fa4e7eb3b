package backend

import "io/fs"

// ConfigSafety is what OpenClaw's config says of the fences around a model: what
// its tools may do, whether they run in a sandbox, whether long conversations are
// compacted. The key names differ by OpenClaw's version; Path fields name those
// that were found, or would be set. "" and nil are what the config leaves open.
type ConfigSafety struct {
	ToolsProfile  string              `json:"tools_profile,omitempty"` // tools.profile: minimal, coding, messaging, full
	ToolsAllow    []string            `json:"tools_allow,omitempty"`
	ToolsAlso     []string            `json:"tools_also,omitempty"` // tools.alsoAllow: beside the profile's
	ToolsDeny     []string            `json:"tools_deny,omitempty"`
	ToolsBy       map[string]ToolRule `json:"tools_by,omitempty"`  // tools.byProvider: by a provider or a model of one
	ExecMode      string              `json:"exec_mode,omitempty"` // tools.exec.mode, or security in older versions
	WebSearch     *bool               `json:"web_search,omitempty"`
	WebFetch      *bool               `json:"web_fetch,omitempty"`
	Browser       *bool               `json:"browser,omitempty"`
	SandboxMode   string              `json:"sandbox_mode,omitempty"`  // off, non-main, all
	Compaction    string              `json:"compaction,omitempty"`    // the mode: default, safeguard
	CompactionOn  *bool               `json:"compaction_on,omitempty"` // agents.defaults.compaction.enabled, 2026.9
	OwnRules      []string            `json:"own_rules,omitempty"`     // agents with tools or a sandbox of their own
	ClearTextKeys []string            `json:"-"`                       // paths of keys written into the file itself, never the keys
	GatewayBind   string              `json:"gateway_bind,omitempty"`  // auto, lan, loopback, custom, tailnet
	GatewayHost   string              `json:"gateway_host,omitempty"`  // gateway.customBindHost, where bind is custom
	GatewayAuth   string              `json:"gateway_auth,omitempty"`  // the mode; "" where none is set
	GatewayKey    bool                `json:"gateway_key,omitempty"`   // a token or a password for it is there, as far as can be seen
}

// ToolRule is what the models of one provider may use of OpenClaw's tools, beside
// what the rules for all leave them.
type ToolRule struct {
	Profile string   `json:"profile,omitempty"`
	Allow   []string `json:"allow,omitempty"`
	Also    []string `json:"also,omitempty"`
	Deny    []string `json:"deny,omitempty"`
}

// FileAccess is who may read one of OpenClaw's files or folders.
type FileAccess struct {
	Path string
	Mode fs.FileMode // permissions, and whether it is a folder
	Mine bool        // it belongs to this user, who can change that
}

// DiskSpace is the room where models are kept.
type DiskSpace struct {
	Path       string
	FreeBytes  int64 // for this user
	TotalBytes int64
}

// SleepRule is when this machine goes to sleep by itself, which cuts the agent off.
type SleepRule struct {
	IdleMinutes *float64 // until it sleeps; 0 is never; nil is not known
	OnBattery   bool     // the figure is for the battery that it runs on now
	Held        string   // what keeps it awake now, "" for nothing
	Source      string   // pmset, logind, gsettings
}

// Listening is where a server on this machine takes connections.
type Listening struct {
	Server string // its id
	All    bool   // on more than the loopback, so from the network too
	Token  *bool  // it wants a token; nil is not known
	Source string
}

// Reach is one request as OpenClaw's gateway would send it, without a prompt.
type Reach struct {
	Provider       string
	URL            string
	At             Time
	Keyed          bool // the provider's key was sent
	Status         int  // of the answer, 0 where none came
	LatencySeconds *float64
	Models         []string // ids that it listed, at most some hundred
	Lists          bool     // Models is all that it listed
	Error          *Error
}

// LMStudioSeen is what is known of LM Studio's program on this machine.
type LMStudioSeen struct {
	Folder    string // of its files, "" for none
	Installed *bool  // the program itself; nil is not known
	Running   *bool
}
