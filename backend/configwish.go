package backend

// ConfigWish is one change that a person wishes for, in the words of a form.
// Exactly one field is set; what it needs in the file depends on OpenClaw's
// version.
type ConfigWish struct {
	Primary    *string       `json:"primary,omitempty" maxLength:"512" doc:"The first model: a ref or an alias"`
	Fallbacks  *[]string     `json:"fallbacks,omitempty" maxItems:"64" doc:"The models after it, in order"`
	Alias      *AliasWish    `json:"alias,omitempty"`
	List       *AliasWish    `json:"list,omitempty" doc:"Put a model among those that may be used"`
	Unlist     *string       `json:"unlist,omitempty" maxLength:"512" doc:"Take a model that is not in use from among them"`
	Provider   *ProviderWish `json:"provider,omitempty"`
	AddModel   *ModelWish    `json:"add_model,omitempty"`
	Context    *ModelWish    `json:"context,omitempty" doc:"Change the context or the greatest answer of a provider's model"`
	Agent      *AgentWish    `json:"agent,omitempty"`
	ModelsMode *string       `json:"models_mode,omitempty" enum:"merge,replace"`
}

// AliasWish names a model, and another name for it; "" takes the name away.
type AliasWish struct {
	Ref   string `json:"ref" minLength:"1" maxLength:"512"`
	Alias string `json:"alias,omitempty" maxLength:"128"`
}

// ProviderWish adds a provider or changes it. An empty field stays as it is; a
// key that is there is never touched.
type ProviderWish struct {
	ID      string `json:"id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" patternDescription:"letters, digits, dot, dash"`
	BaseURL string `json:"base_url,omitempty" maxLength:"1024"`
	API     string `json:"api,omitempty" maxLength:"64"`
	KeyEnv  string `json:"key_env,omitempty" maxLength:"128" pattern:"^([A-Z_][A-Z0-9_]*)?$" patternDescription:"the name of a variable" doc:"The variable that holds the key; the key itself is never sent"`
}

// ModelWish is a model of a provider.
type ModelWish struct {
	Provider      string `json:"provider" minLength:"1" maxLength:"64"`
	ID            string `json:"id" minLength:"1" maxLength:"512"`
	Name          string `json:"name,omitempty" maxLength:"256"`
	ContextWindow *int   `json:"context_window,omitempty" minimum:"1" maximum:"100000000" doc:"Tokens; stays as it is when left out"`
	MaxTokens     *int   `json:"max_tokens,omitempty" minimum:"1" maximum:"100000000" doc:"Tokens of one answer"`
	Reasoning     bool   `json:"reasoning,omitempty"`
	Image         bool   `json:"image,omitempty" doc:"It takes pictures"`
}

// AgentWish gives one agent models of its own.
type AgentWish struct {
	ID        string    `json:"id" minLength:"1" maxLength:"128"`
	Primary   string    `json:"primary" minLength:"1" maxLength:"512"`
	Fallbacks *[]string `json:"fallbacks,omitempty" maxItems:"64" doc:"Stay as they are when left out"`
}

// ConfigChange is a change of the config: a whole text, single values, wishes, or
// several of them, done in this order.
type ConfigChange struct {
	Text   *string      `json:"text,omitempty" maxLength:"8388608" doc:"The whole file, with the placeholders as they were given"`
	Edits  []ConfigEdit `json:"edits,omitempty" maxItems:"500"`
	Wishes []ConfigWish `json:"wishes,omitempty" maxItems:"100"`
	Note   string       `json:"note,omitempty" maxLength:"300" doc:"What it is for, for the list of revisions"`
}

// ConfigSaved is what came of a change. Of a dry run it has the plan alone.
type ConfigSaved struct {
	Plan     ConfigPlan `json:"plan"`
	Saved    bool       `json:"saved"`
	Doc      *ConfigDoc `json:"doc,omitempty" doc:"The file as it is now"`
	Revision *Revision  `json:"revision,omitempty"`
}

// ConfigRuling is what an installed OpenClaw says of the config, asked on a copy.
type ConfigRuling struct {
	Asked   bool          `json:"asked"`
	WhyNot  string        `json:"why_not,omitempty" doc:"Why OpenClaw could not be asked"`
	Version string        `json:"version,omitempty"`
	Valid   bool          `json:"valid"`
	Issues  []ConfigIssue `json:"issues"`
}

// ConfigCheck is all that is known to be wrong in the config.
type ConfigCheck struct {
	Valid    bool          `json:"valid"`
	Issues   []ConfigIssue `json:"issues"`
	OpenClaw *ConfigRuling `json:"openclaw,omitempty"`
}

// ConfigNews tells that the file changed, or what became of an edit.
type ConfigNews struct {
	Path     string    `json:"path"`
	Hash     string    `json:"hash"`
	Revision *Revision `json:"revision,omitempty" doc:"Without its text"`
}

// RecipeChoice is what a person chose for a recipe; what is empty is filled in
// from what is installed, loaded and in the config.
type RecipeChoice struct {
	Server string `json:"server,omitempty" maxLength:"128" doc:"The id of the server that has the local model"`
	Local  string `json:"local,omitempty" maxLength:"512" doc:"That model's key"`
	Hosted string `json:"hosted,omitempty" maxLength:"512" doc:"A ref"`
	Region string `json:"region,omitempty" enum:"us,eu" doc:"Where a hosted model may run"`
	URL    string `json:"url,omitempty" maxLength:"1024" doc:"An OpenAI-compatible server that Pilotlight does not watch; its model is named by local"`
}

// InvalidConfig is an edit that was refused because OpenClaw would not take its
// result.
type InvalidConfig struct {
	Err    Error
	Issues []ConfigIssue
}

// Error is the message.
func (e *InvalidConfig) Error() string { return e.Err.Message }

// Unwrap gives errors.As the Error.
func (e *InvalidConfig) Unwrap() error { return &e.Err }
