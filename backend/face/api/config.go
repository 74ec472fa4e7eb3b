package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pilotlight/backend"
)

// Matching is the hash that a change was made for. It may stand in quotes, as
// an ETag does.
type Matching struct {
	IfMatch string `header:"If-Match" maxLength:"80" doc:"The ETag of GET /api/config"`
	DryRun  bool   `query:"dry_run" doc:"Only work out what would change"`
	Client  string `header:"Pilotlight-Client" maxLength:"16" doc:"cli for the command line; it only tells who the author of a revision is"`
}

// expected is the hash. A change without one could undo somebody else's.
func (m Matching) expected() (string, error) {
	hash := strings.Trim(strings.TrimPrefix(m.IfMatch, "W/"), `"`)
	if hash == "" && !m.DryRun {
		return "", &backend.Error{
			Code: backend.CodeInvalid, Message: "The change does not say which state of the file it is for.",
			Hint: "Send the ETag of GET /api/config as If-Match.",
		}
	}
	return hash, nil
}

type (
	configOutput struct {
		ETag string `header:"ETag"`
		Body backend.ConfigDoc
	}
	patchInput struct {
		Matching
		Body patchBody
	}
	textInput struct {
		Matching
		Body textBody
	}
	restoreInput struct {
		Matching
		ID int64 `path:"id" minimum:"1"`
	}
	recipesInput struct {
		RecipeFilter
	}
	applyInput struct {
		Matching
		RecipeFilter
		ID string `path:"id" maxLength:"64"`
	}
	revisionsInput struct {
		Before int64 `query:"before" minimum:"1" doc:"The next of the page before"`
		Limit  int   `query:"limit" minimum:"1" maximum:"1000"`
	}
	revisionInput struct {
		ID int64 `path:"id" minimum:"1"`
	}
	checkInput struct {
		Ask bool `query:"ask" doc:"Ask an installed OpenClaw too, which takes seconds"`
	}
)

// patchBody changes single values. The dry run may stand here as well as in the
// query.
type patchBody struct {
	Edits  []backend.ConfigEdit `json:"edits,omitempty" maxItems:"500"`
	Wishes []backend.ConfigWish `json:"wishes,omitempty" maxItems:"100"`
	Note   string               `json:"note,omitempty" maxLength:"300"`
	DryRun bool                 `json:"dry_run,omitempty"`
}

// textBody is the whole file.
type textBody struct {
	Text   string `json:"text" maxLength:"8388608" doc:"With the placeholders as they were given"`
	Note   string `json:"note,omitempty" maxLength:"300"`
	DryRun bool   `json:"dry_run,omitempty"`
}

// RecipeFilter is what a person chose for a recipe.
type RecipeFilter struct {
	Server string `query:"server" maxLength:"128" doc:"The id of the server that has the local model"`
	Local  string `query:"local" maxLength:"512" doc:"That model's key"`
	Hosted string `query:"hosted" maxLength:"512" doc:"A ref"`
	Region string `query:"region" enum:"us,eu" doc:"Where a hosted model may run"`
	URL    string `query:"url" maxLength:"1024" doc:"An OpenAI-compatible server that Pilotlight does not watch; its model is named by local"`
}

func (f RecipeFilter) choice() backend.RecipeChoice {
	return backend.RecipeChoice{Server: f.Server, Local: f.Local, Hosted: f.Hosted, Region: f.Region, URL: f.URL}
}

func (s *Server) registerConfig(a huma.API) {
	handle(s, a, operation("get-config", http.MethodGet, "/api/config", "config", "OpenClaw's config, without its secrets",
		"The ETag is the sha256 of the file."),
		func(ctx context.Context, _ *nothing) (*configOutput, error) {
			doc, err := s.agent.Config(ctx)
			if err != nil {
				return nil, err
			}
			return &configOutput{ETag: `"` + doc.Hash + `"`, Body: completeDoc(doc)}, nil
		})
	handle(s, a, operation("draft-config", http.MethodPost, "/api/config/draft", "config", "What a change would make of the file",
		"Nothing is written. The result may be invalid; it says so."),
		func(ctx context.Context, in *request[backend.ConfigChange]) (*answer[backend.ConfigPlan], error) {
			plan, err := s.agent.DraftConfig(ctx, in.Body)
			return answered(completePlan(plan), err)
		})
	handle(s, a, operation("patch-config", http.MethodPatch, "/api/config", "config", "Change single values",
		"412 where the file changed since, 422 with issues where OpenClaw would not take the result."),
		func(ctx context.Context, in *patchInput) (*answer[backend.ConfigSaved], error) {
			in.DryRun = in.DryRun || in.Body.DryRun
			return s.change(ctx, in.Matching, backend.ConfigChange{Edits: in.Body.Edits, Wishes: in.Body.Wishes, Note: in.Body.Note})
		})
	handle(s, a, operation("put-config-text", http.MethodPut, "/api/config/text", "config", "Replace the whole text", ""),
		func(ctx context.Context, in *textInput) (*answer[backend.ConfigSaved], error) {
			in.DryRun = in.DryRun || in.Body.DryRun
			return s.change(ctx, in.Matching, backend.ConfigChange{Text: &in.Body.Text, Note: in.Body.Note})
		})
	handle(s, a, operation("check-config", http.MethodPost, "/api/config/check", "config", "What is wrong in the file", ""),
		func(ctx context.Context, in *checkInput) (*answer[backend.ConfigCheck], error) {
			check, err := s.agent.CheckConfig(ctx, in.Ask)
			check.Issues = list(check.Issues)
			if r := check.OpenClaw; r != nil {
				r.Issues = list(r.Issues)
			}
			return answered(check, err)
		})
	s.registerRevisions(a)
	s.registerRecipes(a)
}

func (s *Server) registerRevisions(a huma.API) {
	handle(s, a, operation("list-revisions", http.MethodGet, "/api/config/revisions", "config", "Earlier states of the file, newest first", ""),
		func(ctx context.Context, in *revisionsInput) (*answer[backend.Page[backend.Revision]], error) {
			page, err := s.agent.Revisions(ctx, in.Before, in.Limit)
			page.Items = list(page.Items)
			return answered(page, err)
		})
	handle(s, a, operation("get-revision", http.MethodGet, "/api/config/revisions/{id}", "config", "One state of the file, with its text", ""),
		func(ctx context.Context, in *revisionInput) (*answer[backend.Revision], error) {
			return answered(s.agent.Revision(ctx, in.ID))
		})
	handle(s, a, operation("restore-revision", http.MethodPost, "/api/config/revisions/{id}/restore", "config", "Put an earlier state back",
		"OpenClaw's own marks in the file, and its secrets, stay those of now."),
		func(ctx context.Context, in *restoreInput) (*answer[backend.ConfigSaved], error) {
			hash, err := in.expected()
			if err != nil {
				return nil, err
			}
			saved, err := s.agent.RestoreConfig(ctx, hash, in.ID, in.author(), in.DryRun)
			return answered(completeSaved(saved), err)
		})
}

func (s *Server) registerRecipes(a huma.API) {
	handle(s, a, operation("list-recipes", http.MethodGet, "/api/recipes", "config", "Set-ups for local models, as edits of this config", ""),
		func(ctx context.Context, in *recipesInput) (*answer[backend.Page[backend.Recipe]], error) {
			items, err := s.agent.Recipes(ctx, in.choice())
			items = list(items)
			for i := range items {
				items[i].Edits = list(items[i].Edits)
			}
			return answered(backend.Page[backend.Recipe]{Items: items}, err)
		})
	handle(s, a, operation("apply-recipe", http.MethodPost, "/api/recipes/{id}/apply", "config", "Make the edits of a recipe", ""),
		func(ctx context.Context, in *applyInput) (*answer[backend.ConfigSaved], error) {
			hash, err := in.expected()
			if err != nil {
				return nil, err
			}
			saved, err := s.agent.ApplyRecipe(ctx, hash, in.ID, in.choice(), in.author(), in.DryRun)
			return answered(completeSaved(saved), err)
		})
}

func (s *Server) change(ctx context.Context, m Matching, c backend.ConfigChange) (*answer[backend.ConfigSaved], error) {
	hash, err := m.expected()
	if err != nil {
		return nil, err
	}
	saved, err := s.agent.ChangeConfig(ctx, hash, c, m.author(), m.DryRun)
	return answered(completeSaved(saved), err)
}

// author is who asks, by their own word.
func (m Matching) author() backend.ConfigAuthor {
	if m.Client == "cli" {
		return backend.AuthorCLI
	}
	return backend.AuthorPage
}

func completeDoc(d backend.ConfigDoc) backend.ConfigDoc {
	d.Issues, d.Form = list(d.Issues), completeForm(d.Form)
	return d
}

func completePlan(p backend.ConfigPlan) backend.ConfigPlan {
	p.Issues, p.Form = list(p.Issues), completeForm(p.Form)
	return p
}

func completeSaved(saved backend.ConfigSaved) backend.ConfigSaved {
	saved.Plan = completePlan(saved.Plan)
	if saved.Doc != nil {
		d := completeDoc(*saved.Doc)
		saved.Doc = &d
	}
	return saved
}

// completeForm is a form with every list there.
func completeForm(f *backend.ConfigForm) *backend.ConfigForm {
	if f == nil {
		return nil
	}
	c := *f
	c.Fallbacks, c.Models, c.Allow = list(c.Fallbacks), list(c.Models), list(c.Allow)
	c.Providers = append([]backend.ConfigProvider{}, c.Providers...)
	for i := range c.Providers {
		c.Providers[i].Models = list(c.Providers[i].Models)
	}
	c.Agents = append([]backend.ConfigAgent{}, c.Agents...)
	for i := range c.Agents {
		c.Agents[i].Fallbacks = list(c.Agents[i].Fallbacks)
	}
	return &c
}
