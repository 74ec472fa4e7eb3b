package openai

import (
	"bytes"
	"time"

	"pilotlight/backend"
)

// SetPatience gives a server more time than a person would, on a busy machine.
func SetPatience(c *Client, d time.Duration) { c.wait = d }

// ReadList reads an answer to the question for the list: its models, how many rows
// were not kept and how many had no usable id.
func ReadList(b []byte) (models []backend.Model, more, odd int, found bool, err error) {
	l, err := readList(bytes.NewReader(b))
	return l.models(), l.more, l.odd, l.found, err
}

// ReadOllama reads an answer to /api/tags or /api/ps.
func ReadOllama(b []byte, now time.Time) (models []backend.Model, more int, ok bool) {
	rows, more, ok := parseOllama(b)
	for _, r := range rows {
		m := r.model()
		m.Instances = []backend.Instance{r.instance(now)}
		models = append(models, m)
	}
	return models, more, ok
}

// ReadInfo reads an answer to LiteLLM's /model/info.
func ReadInfo(b []byte) (models []backend.Model, more int, ok bool) { return parseInfo(b) }

// ReadProps reads an answer to llama.cpp's /props.
func ReadProps(b []byte) (context, slots *int, sleeping, ok bool) {
	p, ok := parseProps(b)
	return p.Settings.context.Integer(maxContext), p.Slots.Integer(maxContext), p.Sleeping.Yes(), ok
}

// ReadSlots, ReadShow and ReadMetrics read the rest.
func ReadSlots(b []byte) (busy int, ok bool) { return parseSlots(b) }

// ReadShow reads an answer to Ollama's /api/show.
func ReadShow(b []byte) (context *int, ok bool) { return parseShow(b) }

// ReadMetrics reads a page of metrics: running and waiting, by model.
func ReadMetrics(b []byte) map[string][2]int {
	out := map[string][2]int{}
	for m, l := range readMetrics(bytes.NewReader(b)) {
		out[m] = [2]int{l.running, l.waiting}
	}
	return out
}

// RegionOf is what a host tells of where it answers from.
func RegionOf(host string) string { return regionOf(host) }
