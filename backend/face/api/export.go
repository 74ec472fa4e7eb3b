package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pilotlight/backend"
)

// Format is how rows are exported.
type Format struct {
	Format string `query:"format" enum:"csv,jsonl" default:"jsonl" doc:"jsonl has every field; csv has those that fit into a table"`
}

type exportFallbacksInput struct {
	FallbackFilter
	Format
}

type exportLoadsInput struct {
	LoadFilter
	Format
}

type exportUsesInput struct {
	Since backend.Time `query:"since" format:"date-time" doc:"Only stretches that begin at or after this time"`
	Until backend.Time `query:"until" format:"date-time" doc:"Only stretches that begin before this time"`
	Format
}

type exportSamplesInput struct {
	Since      backend.Time       `query:"since" format:"date-time" doc:"Only spans that begin at or after this time"`
	Until      backend.Time       `query:"until" format:"date-time" doc:"Only spans that begin before this time"`
	Resolution backend.Resolution `query:"resolution" enum:"raw,minute,hour" doc:"How fine; when left out, each moment comes once and as finely as it is kept"`
	Format
}

func (s *Server) registerExport(a huma.API) {
	handle(s, a, exportOperation("export-fallbacks", "/api/export/fallbacks", "Every fallback that fits, newest first"),
		func(_ context.Context, in *exportFallbacksInput) (*huma.StreamResponse, error) {
			q := in.query()
			return stream(in.Format.Format, "fallbacks", fallbackColumns, func(ctx context.Context, f func(any, []string) error) error {
				return s.history.EachFallback(ctx, q, func(row backend.Fallback) error {
					return f(completeFallback(&row), fallbackCells(row))
				})
			}), nil
		})
	handle(s, a, exportOperation("export-loads", "/api/export/loads", "Every load and unload that fits, newest first"),
		func(_ context.Context, in *exportLoadsInput) (*huma.StreamResponse, error) {
			q := in.query()
			return stream(in.Format.Format, "loads", loadColumns, func(ctx context.Context, f func(any, []string) error) error {
				return s.history.EachLoad(ctx, q, func(row backend.Load) error { return f(row, loadCells(row)) })
			}), nil
		})
	handle(s, a, exportOperation("export-uses", "/api/export/uses", "When models in memory were in use and when idle, instance by instance, newest first"),
		func(_ context.Context, in *exportUsesInput) (*huma.StreamResponse, error) {
			since, until := timePtr(in.Since), timePtr(in.Until)
			return stream(in.Format.Format, "uses", useColumns, func(ctx context.Context, f func(any, []string) error) error {
				return s.history.EachUse(ctx, since, until, func(row backend.Use) error { return f(row, useCells(row)) })
			}), nil
		})
}

func (s *Server) registerExportSamples(a huma.API) {
	handle(s, a, exportOperation("export-samples", "/api/export/samples", "The machine's figures, newest first, a row for each series and span of time"),
		func(_ context.Context, in *exportSamplesInput) (*huma.StreamResponse, error) {
			q := backend.SampleRowQuery{Since: timePtr(in.Since), Until: timePtr(in.Until), Resolution: in.Resolution}
			return stream(in.Format.Format, "samples", sampleColumns, func(ctx context.Context, f func(any, []string) error) error {
				return s.history.EachSample(ctx, q, func(row backend.SampleRow) error { return f(row, sampleCells(row)) })
			}), nil
		})
}

func exportOperation(id, path, summary string) huma.Operation {
	op := operation(id, http.MethodGet, path, "history", summary, "A file to download, written as it is read.")
	text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The rows",
		Content:     map[string]*huma.MediaType{"text/csv": text, "application/jsonl": text},
	}}
	return op
}

// stream writes rows as they come. Once the first byte is out an error can only
// cut the answer off, so that half a file never looks like a whole one.
func stream(format, name string, columns []string, each func(context.Context, func(any, []string) error) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		_, w := humago.Unwrap(ctx)
		h := w.Header()
		h.Set("Content-Disposition", `attachment; filename="pilotlight-`+name+`.`+format+`"`)
		rows := rowWriter(w, format, columns, h)
		err := each(ctx.Context(), rows.write)
		if err == nil {
			err = rows.end()
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}}
}

type rowsWriter struct {
	write func(row any, cells []string) error
	end   func() error
}

func rowWriter(w io.Writer, format string, columns []string, h http.Header) rowsWriter {
	if format == "csv" {
		h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
		out := csv.NewWriter(w)
		first := out.Write(columns)
		return rowsWriter{
			write: func(_ any, cells []string) error {
				if first != nil {
					return first
				}
				for i, c := range cells {
					cells[i] = harmless(c)
				}
				return out.Write(cells)
			},
			end: func() error { out.Flush(); return out.Error() },
		}
	}
	h.Set("Content-Type", "application/jsonl; charset=utf-8")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return rowsWriter{write: func(row any, _ []string) error { return enc.Encode(row) }, end: func() error { return nil }}
}

// harmless keeps a spreadsheet from taking text of other programs as a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

var fallbackColumns = []string{
	"id", "at", "ended_at", "outcome", "requested", "answered", "lost_seconds", "cause", "confidence", "because",
	"reason", "attempts", "session_key", "session_id", "agent_id", "run_id", "openclaw_version", "source",
}

func fallbackCells(f backend.Fallback) []string {
	var attempts []string
	for _, a := range f.Attempts {
		attempts = append(attempts, strings.TrimSpace(a.Model+" "+string(a.Decision)+" "+a.Reason))
	}
	return []string{
		strconv.FormatInt(f.ID, 10), f.At.String(), text(f.EndedAt), string(f.Outcome), f.Requested, value(f.Answered),
		number(f.LostSeconds), string(f.Cause.Code), string(f.Cause.Confidence), f.Cause.Summary,
		f.Reason, strings.Join(attempts, "; "), f.SessionKey, f.SessionID, f.AgentID, f.RunID, f.OpenClawVersion, f.Source,
	}
}

var loadColumns = []string{
	"id", "at", "server", "model", "instance_id", "event", "cause", "context_requested", "context_actual",
	"duration_seconds", "size_bytes", "detail", "estimated_bytes", "measured_bytes",
}

func loadCells(l backend.Load) []string {
	return []string{
		strconv.FormatInt(l.ID, 10), l.At.String(), l.Server, l.Model, l.InstanceID, string(l.Event), string(l.Cause),
		integer(l.ContextRequested), integer(l.ContextActual), number(l.DurationSeconds), integer(l.SizeBytes), l.Detail,
		integer(l.EstimatedBytes), integer(l.MeasuredBytes),
	}
}

var useColumns = []string{"server", "model", "instance_id", "from", "used_until", "until"}

func useCells(u backend.Use) []string {
	return []string{u.Server, u.Model, u.InstanceID, u.From.String(), text(u.UsedUntil), u.Until.String()}
}

var sampleColumns = []string{"at", "span_seconds", "name", "unit", "gpu", "label", "count", "min", "mean", "max"}

func sampleCells(r backend.SampleRow) []string {
	return []string{
		r.At.String(), number(&r.Seconds), r.Name, string(r.Unit), r.GPU, r.Label,
		integer(&r.Count), number(&r.Min), number(&r.Mean), number(&r.Max),
	}
}

// What is not known is an empty cell.

func text(t *backend.Time) string {
	if t == nil {
		return ""
	}
	return t.String()
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func number(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}

func integer[T int | int64](n *T) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(int64(*n), 10)
}
