package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pilotlight/backend"
)

// Window is the span of time that a chart shows.
type Window struct {
	From   backend.Time `query:"from" format:"date-time" doc:"An hour before to when left out"`
	To     backend.Time `query:"to" format:"date-time" doc:"Now when left out"`
	Points int          `query:"points" minimum:"10" maximum:"5000" default:"1000" doc:"About as many pixels as the chart is wide: no series has more rows"`
}

// span is the window with its ends filled in.
func (w Window) span(now time.Time) (from, to backend.Time, err error) {
	from, to = w.From, w.To
	if to.IsZero() {
		to = backend.At(now.Add(time.Millisecond))
	}
	if from.IsZero() {
		from = backend.At(to.Add(-time.Hour))
	}
	if !from.Before(to.Time) {
		return from, to, &backend.Error{Code: backend.CodeInvalid,
			Message: "from must be before to.", Hint: "Exchange them, or leave one of them out."}
	}
	return from, to, nil
}

type samplesInput struct {
	Window
	Names []string `query:"name,explode" maxItems:"64" doc:"Only series of this name, or whose name begins with it and a dot; may be given more than once"`
}

// written is an answer that is JSON already.
type written struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *Server) registerSamples(a huma.API) {
	samples := operation("list-samples", http.MethodGet, "/api/samples", "history", "The machine's figures over time",
		"Columns that a chart can draw as they are. Rows are merged until they are at most points; min and max keep what the mean would hide. "+
			"Nothing is ever interpolated: where nothing was read there is no figure.")
	samples.Responses = map[string]*huma.Response{"200": {
		Description: "OK", Content: map[string]*huma.MediaType{"application/json": {Schema: schemaOf[backend.Samples](a)}},
	}}
	handle(s, a, samples,
		func(ctx context.Context, in *samplesInput) (*written, error) {
			from, to, err := in.span(s.now())
			if err != nil {
				return nil, err
			}
			got, err := s.history.Samples(ctx, backend.SampleQuery{From: from, To: to, Points: in.Points, Names: in.Names})
			if err != nil {
				return nil, err
			}
			got.Gaps = list(got.Gaps)
			body, err := got.AppendJSON(nil)
			return &written{ContentType: "application/json", Body: body}, err
		})
	handle(s, a, operation("get-timeline", http.MethodGet, "/api/timeline", "history", "What was loaded, what failed and what fell back over time",
		"What a chart of the same span draws beside the figures of /api/samples."),
		func(ctx context.Context, in *Window) (*answer[backend.Timeline], error) {
			from, to, err := in.span(s.now())
			if err != nil {
				return nil, err
			}
			return answered(s.timeline(ctx, from, to, in.Points))
		})
}
