package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotlight/backend"
)

// FallbackFilter is what restricts a list of fallbacks.
type FallbackFilter struct {
	Since   backend.Time      `query:"since" format:"date-time" doc:"Only what began at or after this time"`
	Until   backend.Time      `query:"until" format:"date-time" doc:"Only what began before this time"`
	Model   string            `query:"model" maxLength:"512" doc:"Requested or answered, as provider/model"`
	Reason  string            `query:"reason" maxLength:"64" doc:"OpenClaw's own reason"`
	Cause   backend.CauseCode `query:"cause" enum:"server_off,app_off,model_not_loaded,model_loading,model_crashed,model_missing,context_too_small,out_of_memory,timeout_cold,timeout_busy,auth,rate_limited,provider_error,network,duplicate_instance,unknown"`
	Outcome backend.Outcome   `query:"outcome" enum:"fell_back,exhausted,stopped,error_as_reply"`
	Session string            `query:"session" maxLength:"512" doc:"A session's id or key"`
}

func (in *FallbackFilter) query() backend.FallbackQuery {
	return backend.FallbackQuery{
		Since: timePtr(in.Since), Until: timePtr(in.Until), Model: in.Model, Reason: in.Reason,
		Cause: in.Cause, Outcome: in.Outcome, Session: in.Session,
	}
}

// timePtr is nil for a time that was left out.
func timePtr(t backend.Time) *backend.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type fallbacksInput struct {
	FallbackFilter
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" doc:"Rows of a page; the store's choice when left out"`
	Before string `query:"before" maxLength:"64" doc:"The next of the page before"`
}

type fallbackInput struct {
	ID int64 `path:"id" minimum:"1"`
}

// summaryDays is the span of a summary when none is asked for: 26 weeks.
const summaryDays = 26 * 7

type summaryInput struct {
	Since backend.Time `query:"since" format:"date-time" doc:"26 weeks ago when left out"`
	Until backend.Time `query:"until" format:"date-time" doc:"Now when left out"`
}

func (s *Server) registerFallbacks(a huma.API) {
	handle(s, a, operation("list-fallbacks", http.MethodGet, "/api/fallbacks", "fallbacks", "Runs that the requested model did not answer, newest first", ""),
		func(ctx context.Context, in *fallbacksInput) (*answer[backend.Page[backend.Fallback]], error) {
			q := in.query()
			q.Limit, q.Before = in.Limit, in.Before
			page, err := s.history.Fallbacks(ctx, q)
			return answered(completeFallbacks(page), err)
		})
	handle(s, a, operation("summarize-fallbacks", http.MethodGet, "/api/fallbacks/summary", "fallbacks", "Fallbacks counted by day, cause and model, and what they show together", ""),
		func(ctx context.Context, in *summaryInput) (*answer[backend.FallbackSummary], error) {
			until := in.Until
			if until.IsZero() {
				until = backend.At(s.now().Add(time.Millisecond))
			}
			since := in.Since
			if since.IsZero() {
				since = backend.At(until.AddDate(0, 0, -summaryDays))
			}
			sum, err := s.agent.FallbackSummary(ctx, since, until)
			return answered(completeSummary(sum), err)
		})
	handle(s, a, operation("get-fallback", http.MethodGet, "/api/fallbacks/{id}", "fallbacks", "One fallback, with what happened around it", ""),
		func(ctx context.Context, in *fallbackInput) (*answer[backend.FallbackStory], error) {
			story, err := s.agent.Fallback(ctx, in.ID)
			story.Fallback = *completeFallback(&story.Fallback)
			story.Steps = list(story.Steps)
			return answered(story, err)
		})
	handle(s, a, operation("fix-fallback", http.MethodPost, "/api/fallbacks/{id}/fix", "fallbacks", "Carry out the remedy's action",
		"Answers when it is done, which for a load may take minutes."),
		func(ctx context.Context, in *fallbackInput) (*answer[backend.Fixed], error) {
			return answered(s.agent.FixFallback(ctx, in.ID))
		})
	handle(s, a, operation("see-fallbacks", http.MethodPost, "/api/fallbacks/seen", "fallbacks", "A person has seen the fallbacks",
		"Takes the mark off the icon."),
		func(ctx context.Context, _ *nothing) (*answer[Checked], error) {
			return answered(Checked{OK: true}, s.agent.SeeFallbacks(ctx))
		})
}

func completeFallbacks(page backend.Page[backend.Fallback]) backend.Page[backend.Fallback] {
	items := make([]backend.Fallback, len(page.Items))
	for i := range page.Items {
		items[i] = *completeFallback(&page.Items[i])
	}
	page.Items = items
	return page
}

func completeSummary(sum backend.FallbackSummary) backend.FallbackSummary {
	sum.Days, sum.Causes, sum.Patterns = list(sum.Days), list(sum.Causes), list(sum.Patterns)
	sum.Requested, sum.Answered = list(sum.Requested), list(sum.Answered)
	return sum
}

func (s *Server) registerSettings(a huma.API) {
	handle(s, a, operation("get-settings", http.MethodGet, "/api/settings", "agent", "What was chosen of Pilotlight itself", ""),
		func(ctx context.Context, _ *nothing) (*answer[backend.Settings], error) {
			return answered(s.agent.Settings(ctx))
		})
	handle(s, a, operation("set-settings", http.MethodPut, "/api/settings", "agent", "Choose how Pilotlight tells of fallbacks", ""),
		func(ctx context.Context, in *request[backend.Settings]) (*answer[backend.Settings], error) {
			return answered(s.agent.SetSettings(ctx, in.Body))
		})
	handle(s, a, operation("check-update", http.MethodPost, "/api/update/check", "agent", "Look now whether a newer version is published",
		"Asks the page that publishes versions, and sends nothing of this machine. That it gave no answer is in the answer's error."),
		func(ctx context.Context, _ *nothing) (*answer[backend.Update], error) {
			return answered(s.agent.CheckUpdate(ctx))
		})
}
