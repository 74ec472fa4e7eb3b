package backend

import "encoding/json"

// ConfigDoc is OpenClaw's config file as a page may see it. Secrets are not in
// it: where one stands, Text has a placeholder, which is put back on the way in.
type ConfigDoc struct {
	Path     string `json:"path"`
	RealPath string `json:"real_path,omitempty" doc:"The file that is written, where path is a link to it"`
	Exists   bool   `json:"exists"`
	Hash     string `json:"hash" doc:"sha256 of the file in hex, the ETag; of nothing where there is no file"`
	Bytes    int64  `json:"bytes"`
	Modified *Time  `json:"modified,omitempty" format:"date-time"`
	Text     string `json:"text" doc:"JSON5, with a placeholder for every secret"`
	Version  string `json:"version,omitempty" doc:"OpenClaw's version that wrote the file last"`
	Editable bool   `json:"editable"`
	Mendable bool   `json:"mendable,omitempty" doc:"The text cannot be read, and a whole text may take its place"`
	ReadOnly *Error `json:"read_only,omitempty" doc:"Why the file cannot be edited"`
	// Caret shows the broken line with a caret under the place, where the text
	// cannot be read.
	Caret  string        `json:"caret,omitempty"`
	Issues []ConfigIssue `json:"issues"`
	Form   *ConfigForm   `json:"form,omitempty"`
}

// Severity is how much an issue of a config matters.
type Severity string

// The severities. Only an error keeps OpenClaw from reading the config; an edit
// that brings one is refused.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityInfo    Severity = "info"
)

// ConfigIssue is one thing wrong in OpenClaw's config.
type ConfigIssue struct {
	Path     string       `json:"path" doc:"As in edits; empty for the whole file"`
	Message  string       `json:"message"`
	Severity Severity     `json:"severity,omitempty" enum:"error,warning,info" doc:"An error when left out"`
	Code     string       `json:"code,omitempty"`
	Hint     string       `json:"hint,omitempty" doc:"What to do about it"`
	Line     int          `json:"line,omitempty" doc:"From 1"`
	Column   int          `json:"column,omitempty" doc:"From 1, in characters"`
	Existing bool         `json:"existing,omitempty" doc:"It was there before the edit"`
	Source   string       `json:"source,omitempty" enum:"pilotlight,openclaw" doc:"Who says so"`
	Edits    []ConfigEdit `json:"edits,omitempty" doc:"What would mend it"`
}

// IsError tells whether the issue keeps OpenClaw from reading the config.
func (i ConfigIssue) IsError() bool { return i.Severity == "" || i.Severity == SeverityError }

// ConfigEdit changes one value of the config. Of Value, Unset and RenameTo one
// is set.
type ConfigEdit struct {
	Path     string          `json:"path" minLength:"1" maxLength:"1024" doc:"As in agents.defaults.models[\"lmstudio/x.y\"].alias"`
	Value    json.RawMessage `json:"value,omitempty" doc:"Any JSON"`
	Unset    bool            `json:"unset,omitempty"`
	RenameTo string          `json:"rename_to,omitempty" maxLength:"256" doc:"Another key for the member at path"`
}

// ConfigPlan is what an edit would do, before it is done.
type ConfigPlan struct {
	Path         string        `json:"path"`
	Diff         string        `json:"diff" doc:"Unified; empty when nothing changes"`
	HashBefore   string        `json:"hash_before"`
	HashAfter    string        `json:"hash_after"`
	Text         string        `json:"text" doc:"The result, with a placeholder for every secret"`
	Valid        bool          `json:"valid" doc:"The edit brings no error"`
	Issues       []ConfigIssue `json:"issues"`
	Comments     int           `json:"comments" doc:"How many comments the file has"`
	CommentsKept int           `json:"comments_kept" doc:"How many of them the result has too"`
	Form         *ConfigForm   `json:"form,omitempty" doc:"What the result says of models"`
}

// ConfigAuthor is who wrote a revision.
type ConfigAuthor string

// The authors. Outside is OpenClaw or a person's editor: Pilotlight found the
// file changed.
const (
	AuthorPage    ConfigAuthor = "pilotlight-page"
	AuthorCLI     ConfigAuthor = "pilotlight-cli"
	AuthorAgent   ConfigAuthor = "pilotlight-agent"
	AuthorOutside ConfigAuthor = "outside"
)

// VerdictCode is what became of an edit.
type VerdictCode string

// The verdicts of an edit.
const (
	VerdictPending  VerdictCode = "pending"  // being watched
	VerdictAccepted VerdictCode = "accepted" // the gateway took it over, or has it in its own copies
	VerdictRestart  VerdictCode = "restart"  // the gateway took it, and restarts for it
	VerdictRejected VerdictCode = "rejected" // the gateway goes on with the config before it
	VerdictUndone   VerdictCode = "undone"   // OpenClaw put an older file in its place
	VerdictReplaced VerdictCode = "replaced" // somebody wrote another text over it
	VerdictUnknown  VerdictCode = "unknown"  // the file stands; no gateway said anything
)

// ConfigVerdict is what OpenClaw made of an edit, as far as could be seen.
type ConfigVerdict struct {
	Code VerdictCode `json:"code" enum:"pending,accepted,restart,rejected,undone,replaced,unknown"`
	At   Time        `json:"at" format:"date-time"`
	Text string      `json:"text" doc:"What was seen, in words"`
	Hint string      `json:"hint,omitempty"`
	Hash string      `json:"hash,omitempty" doc:"Of the file as it was found"`
	// Found is the file that shows it: the copy that OpenClaw made of an edit
	// which it undid.
	Found string `json:"found,omitempty"`
}

// Revision is one state of the config file that Pilotlight knows of. Its text is
// kept with placeholders: no secret is in it.
type Revision struct {
	ID           int64          `json:"id"`
	At           Time           `json:"at" format:"date-time"`
	Author       ConfigAuthor   `json:"author" enum:"pilotlight-page,pilotlight-cli,pilotlight-agent,outside"`
	Path         string         `json:"path"`
	Hash         string         `json:"hash" doc:"sha256 of the file, in hex"`
	ParentHash   string         `json:"parent_hash,omitempty" doc:"Of the file before"`
	Bytes        int64          `json:"bytes"`
	Text         string         `json:"text,omitempty" doc:"Left out in lists"`
	Diff         string         `json:"diff" doc:"Unified, against the file before"`
	Note         string         `json:"note,omitempty" doc:"What was wished, in words"`
	RestoredFrom *int64         `json:"restored_from,omitempty" doc:"The revision whose text this is"`
	Verdict      *ConfigVerdict `json:"verdict,omitempty"`
}

// Recipe is a set-up of OpenClaw's documentation, as edits of this config.
type Recipe struct {
	ID        string       `json:"id"`
	Title     string       `json:"title"`
	Text      string       `json:"text" doc:"What it is for, and what it fills in"`
	Available bool         `json:"available"`
	WhyNot    string       `json:"why_not,omitempty" doc:"What it lacks, where it is not available"`
	Notes     []string     `json:"notes,omitempty" doc:"What to know before it is applied"`
	Edits     []ConfigEdit `json:"edits" doc:"None when the config is like this already"`
	Diff      string       `json:"diff,omitempty"`
}

// KeyKind is how a provider's key is given. The key itself is never told.
type KeyKind string

// The kinds of key.
const (
	KeyNone KeyKind = "none"
	KeyText KeyKind = "text" // in the file itself
	KeyEnv  KeyKind = "env"  // ${NAME}
	KeyRef  KeyKind = "ref"  // an object that says where OpenClaw finds it
)

// ConfigForm is what the config says of models, for a form.
type ConfigForm struct {
	Primary    string           `json:"primary" doc:"As written: a ref or an alias"`
	Fallbacks  []string         `json:"fallbacks"`
	Models     []ConfigEntry    `json:"models" doc:"agents.defaults.models, by ref"`
	ModelsMode string           `json:"models_mode" doc:"merge where the file sets none"`
	Allow      []string         `json:"allow" doc:"agents.defaults.modelPolicy.allow; empty allows all"`
	Providers  []ConfigProvider `json:"providers"`
	Agents     []ConfigAgent    `json:"agents" doc:"The agents with models of their own"`
}

// ConfigEntry is one model that agents.defaults.models lists.
type ConfigEntry struct {
	Ref   string `json:"ref"`
	Alias string `json:"alias,omitempty"`
}

// ConfigProvider is one provider of models.providers, without its secrets.
type ConfigProvider struct {
	ID             string        `json:"id"`
	Path           string        `json:"path"`
	BaseURL        string        `json:"base_url,omitempty"`
	API            string        `json:"api,omitempty"`
	HasKey         bool          `json:"has_key"`
	KeyKind        KeyKind       `json:"key_kind" enum:"none,text,env,ref"`
	KeyName        string        `json:"key_name,omitempty" doc:"The variable or the id that a reference names"`
	Headers        []string      `json:"headers,omitempty" doc:"Their names"`
	TimeoutSeconds *float64      `json:"timeout_seconds,omitempty"`
	Server         string        `json:"server,omitempty" doc:"The id of the server of ours that it is on"`
	Models         []ConfigModel `json:"models"`
}

// ConfigModel is one model of a provider.
type ConfigModel struct {
	ID            string   `json:"id"`
	Path          string   `json:"path"`
	Name          string   `json:"name,omitempty"`
	API           string   `json:"api,omitempty"`
	ContextWindow *int     `json:"context_window,omitempty" doc:"Tokens"`
	ContextTokens *int     `json:"context_tokens,omitempty" doc:"Tokens used of the window at most"`
	MaxTokens     *int     `json:"max_tokens,omitempty" doc:"Of one answer"`
	Reasoning     *bool    `json:"reasoning,omitempty"`
	Input         []string `json:"input,omitempty"`
}

// ConfigAgent is an agent whose models differ from the defaults.
type ConfigAgent struct {
	ID        string   `json:"id"`
	Path      string   `json:"path"`
	Primary   string   `json:"primary,omitempty"`
	Fallbacks []string `json:"fallbacks" doc:"Its own"`
	Own       bool     `json:"own_fallbacks" doc:"It names its fallbacks itself, be it none"`
}
