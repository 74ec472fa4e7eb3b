package lmstudio

import (
	"encoding/json"
	"strings"

	"pilotlight/backend"
)

// v0Row is a row of GET /api/v0/models (LM Studio docs, REST v0). It has no
// list of instances: a second instance is a row of its own, "key:2".
type v0Row struct {
	ID                needString   `json:"id"`
	Type              looseString  `json:"type"`
	Arch              looseString  `json:"arch"`
	CompatibilityType looseString  `json:"compatibility_type"`
	Quantization      quantization `json:"quantization"`
	State             needString   `json:"state"`
	MaxContextLength  looseNumber  `json:"max_context_length"`
	LoadedContext     looseNumber  `json:"loaded_context_length"`
}

// v0Loaded is a row that is an instance, or becomes one, until it is known of which
// model: the row of the model may come after it.
type v0Loaded struct {
	row      backend.Model
	instance backend.Instance // not yet, where the row is loading
}

func readV0Row(dec *json.Decoder, t *table) error {
	var r v0Row
	if err := t.decode(dec, &r); err != nil {
		return err
	}
	if r.State.unreadable || r.ID.unreadable {
		t.whole = false
	}
	id := r.ID.value.id()
	if id == "" {
		t.whole = t.whole && r.State.value != "loaded"
		return nil
	}
	m := backend.Model{
		Key: id, Name: looseString(id).label(), Type: modelType(r.Type),
		Format: r.CompatibilityType.label(), Quantization: r.Quantization.name.label(),
		Architecture: r.Arch.label(), MaxContextLength: r.MaxContextLength.Integer(maxContext),
	}
	m.Loading = r.State.value == "loading"
	_, further := baseOf(id)
	i := backend.Instance{ID: id, ContextLength: r.LoadedContext.Integer(maxContext)}
	switch loaded := r.State.value == "loaded"; {
	case further && (loaded || m.Loading):
		t.later = append(t.later, v0Loaded{m, i})
	case loaded:
		t.add(m, i)
	default:
		t.add(m)
	}
	return nil
}

// baseOf takes the ":2" off the id of a second or further instance.
func baseOf(id string) (string, bool) {
	at := strings.LastIndexByte(id, ':')
	if at <= 0 {
		return "", false
	}
	n := id[at+1:]
	if n == "" || len(n) > 3 || n[0] == '0' || n == "1" || strings.Trim(n, "0123456789") != "" {
		return "", false
	}
	return id[:at], true
}

// placeV0 puts further instances under their model. Where the model is not
// listed the row stands for itself, as it does for an instance that somebody
// gave a name of its own.
func (t *table) placeV0() {
	for _, l := range t.later {
		base, _ := baseOf(l.row.Key)
		at, ok := t.index[base]
		switch {
		case ok && l.row.Loading:
			t.models[at].Loading = true
		case ok:
			t.addInstance(at, l.instance)
		case l.row.Loading:
			t.add(l.row)
		default:
			t.add(l.row, l.instance)
		}
	}
	t.later = nil
}
