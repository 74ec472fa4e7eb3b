package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotlight/backend"
)

type doctorInput struct {
	Fresh bool `query:"fresh" doc:"Ask servers and the system anew, hosted ones too, whatever was asked within the last half minute"`
}

// FixBody says which of a check's fixes is wanted.
type FixBody struct {
	Fix    string `json:"fix,omitempty" maxLength:"128" doc:"A fix's id; the check's first when left out"`
	DryRun bool   `json:"dry_run,omitempty" doc:"Tell what would be done, and do nothing"`
}

type fixInput struct {
	Check string   `path:"check" maxLength:"512" doc:"A check's id"`
	Body  *FixBody // none is the first fix
}

// doctorText is the report as a text.
type doctorText struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *Server) registerDoctor(a huma.API) {
	handle(s, a, operation("get-doctor", http.MethodGet, "/api/doctor", "doctor", "Every check, with what was seen and what to do", ""),
		func(ctx context.Context, in *doctorInput) (*answer[backend.Report], error) {
			r, err := s.agent.Doctor(ctx, in.Fresh)
			r.Items = list(r.Items)
			return answered(r, err)
		})
	handle(s, a, operation("fix-check", http.MethodPost, "/api/doctor/{check}/fix", "doctor", "Mend what a check found",
		"Answers when it is done, which for a load may take minutes. not_found for a check that there is not; refused where it has no such fix any more."),
		func(ctx context.Context, in *fixInput) (*answer[backend.Mended], error) {
			var b FixBody
			if in.Body != nil {
				b = *in.Body
			}
			return answered(s.agent.Mend(ctx, in.Check, b.Fix, b.DryRun))
		})
	report := operation("get-doctor-report", http.MethodGet, "/api/doctor/report", "doctor", "The report to send to somebody",
		"Markdown, without anything private: no address, host, user, session or key is in it.")
	report.Responses = map[string]*huma.Response{"200": {
		Description: "The report",
		Content:     map[string]*huma.MediaType{"text/markdown": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	handle(s, a, report, func(ctx context.Context, _ *nothing) (*doctorText, error) {
		text, err := s.agent.DoctorText(ctx)
		if err != nil {
			return nil, err
		}
		return &doctorText{ContentType: "text/markdown; charset=utf-8", Body: []byte(text)}, nil
	})
}
