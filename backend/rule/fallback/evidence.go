package fallback

import (
	"fmt"
	"strings"

	"pilotlight/backend"
)

// evidence puts the decisive rows first and adds what else is known: the error
// text, what OpenClaw made of it, the machine's memory.
func (i *incident) evidence(decisive []backend.Evidence) []backend.Evidence {
	list := []backend.Evidence{}
	add := func(e backend.Evidence) {
		e.Text = clip(e.Text, backend.MaxDetail)
		for _, o := range list {
			if o.Kind == e.Kind && o.Text == e.Text {
				return
			}
		}
		if e.Text != "" && len(list) < maxEvidence {
			list = append(list, e)
		}
	}
	for _, e := range decisive {
		add(e)
	}
	if o, ok := i.outageOf(); ok {
		add(i.outageRow(o)) // even where a reply speaks against it
	}
	if i.said.text != "" {
		add(i.textRow())
	}
	add(i.claimRow())
	if m := i.c.Memory; m != nil && m.Memory != nil {
		add(backend.Evidence{Kind: backend.EvidenceMemory, At: m.At, Text: memoryWord(*m.Memory)})
	}
	return list
}

// textRow is the error text, told as the provider's where it is one.
func (i *incident) textRow() backend.Evidence {
	e := backend.Evidence{Kind: backend.EvidenceError, Ref: i.ref(), At: i.at.At, Text: i.at.Detail}
	if e.Text == "" {
		e.Text = i.at.Code
	} else if i.at.Code != "" && !strings.Contains(e.Text, i.at.Code) {
		e.Text += " (" + i.at.Code + ")"
	}
	if i.f.Source == string(backend.SourceTranscript) && vague(i.at.Detail) {
		e.Kind = backend.EvidenceTranscript
	}
	return e
}

// claimRow is what OpenClaw logged, which may be wrong.
func (i *incident) claimRow() backend.Evidence {
	e := backend.Evidence{Kind: backend.EvidenceLog, Ref: i.ref(), At: i.at.At}
	reason := i.at.Reason
	if reason == "" && i.at.Status == nil {
		return e
	}
	what := "“" + reason + "”"
	switch reason {
	case "":
		what = "a failure"
	case "timeout":
		what = "a time-out"
	case "rate_limit":
		what = "a rate limit"
	case "model_not_found":
		what = "a model that was not found"
	case "format":
		what = "a malformed request (“format”)"
	case "auth":
		what = "a refused key"
	case "server_error":
		what = "an error of the provider's"
	case "unknown":
		what = "an unknown error"
	}
	e.Text = "OpenClaw logged " + what
	if i.at.Decision == backend.AttemptSkipped {
		e.Text = "OpenClaw passed it over after " + what
	}
	if i.at.Status != nil {
		e.Text += fmt.Sprintf(" (%d)", *i.at.Status)
	}
	return e
}

// ref is where OpenClaw's records tell of the run.
func (i *incident) ref() string {
	switch {
	case i.f.RunID != "":
		return "run " + i.f.RunID
	case i.f.SessionID != "":
		return "session " + i.f.SessionID
	}
	return ""
}
