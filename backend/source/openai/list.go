package openai

import (
	"encoding/json"
	"errors"
	"io"

	"pilotlight/backend"
)

// maxModels bounds a list. A proxy in front of everything lists thousands; what
// goes beyond is counted and not kept, which is said.
const maxModels = 2000

var (
	errNotList  = errors.New("not a list of models")
	errTrailing = errors.New("something follows the list")
)

// row is a row of GET /v1/models, with what the engines add to OpenAI's id and
// owned_by: max_model_len and parent by vLLM (entrypoints/openai/protocol.py,
// ModelCard), meta and status by llama.cpp (tools/server/README.md), context
// figures by several gateways.
type row struct {
	ID            looseString  `json:"id"`
	Name          looseString  `json:"name"`
	OwnedBy       looseString  `json:"owned_by"`
	MaxModelLen   looseNumber  `json:"max_model_len"`
	ContextLength looseNumber  `json:"context_length"`
	ContextWindow looseNumber  `json:"context_window"`
	MaxInput      looseNumber  `json:"max_input_tokens"` // LiteLLM, late 2026
	Mode          looseString  `json:"mode"`             // likewise
	Parent        looseString  `json:"parent"`
	Meta          llamaMeta    `json:"meta"`
	Status        routerStatus `json:"status"`
}

// context is the longest context that the row tells, in tokens.
func (r row) context() *int {
	for _, n := range []looseNumber{r.MaxModelLen, r.ContextLength, r.ContextWindow, r.MaxInput} {
		if v := n.Integer(maxContext); v != nil {
			return v
		}
	}
	return nil
}

// list is what an answer to GET /v1/models held.
type list struct {
	found bool // the array of models was there
	rows  []row
	more  int // rows that were not kept, because there are too many
	odd   int // rows without an id that could be sent back
	said  *apiError
}

// readList reads a list as a stream: of the rows only what is kept is in memory.
// The error is errNotList, errTrailing or what the reader or the JSON decoder
// said; the list then holds nothing to be trusted but what the server said.
func readList(r io.Reader) (list, error) {
	dec := json.NewDecoder(r)
	l, seen := list{}, map[string]struct{}{}
	tok, err := dec.Token()
	switch {
	case err != nil:
		return list{}, err
	case tok == json.Delim('['): // some gateways leave the object out
		err = l.readRows(dec, seen)
	case tok == json.Delim('{'):
		err = l.readMembers(dec, seen)
	default:
		err = errNotList
	}
	if err != nil {
		return list{said: l.said}, err
	}
	if _, err := dec.Token(); err == nil {
		return list{}, errTrailing
	} else if !errors.Is(err, io.EOF) {
		return list{}, err
	}
	return l, nil
}

func (l *list) readMembers(dec *json.Decoder, seen map[string]struct{}) error {
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		switch name {
		case "data":
			err = l.readData(dec, seen)
		case "error", "detail": // detail is FastAPI's
			err = l.readSaid(dec)
		default:
			err = skip(dec)
		}
		if err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

func (l *list) readData(dec *json.Decoder, seen map[string]struct{}) error {
	switch tok, err := dec.Token(); {
	case err != nil:
		return err
	case tok == json.Delim('['):
		return l.readRows(dec, seen)
	case tok == nil: // Ollama without any model: {"object":"list","data":null}
		l.found = true
		return nil
	default:
		if _, isDelim := tok.(json.Delim); isDelim {
			return errNotList
		}
		return nil // a number or a string: the answer may hold an error yet
	}
}

// readRows reads up to the closing bracket.
func (l *list) readRows(dec *json.Decoder, seen map[string]struct{}) error {
	l.found = true
	for dec.More() {
		if len(l.rows) >= maxModels {
			if err := skip(dec); err != nil {
				return err
			}
			l.more++
			continue
		}
		var r row
		err := dec.Decode(&r)
		if _, odd := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !odd {
			return err
		}
		id := r.ID.id()
		if id == "" {
			l.odd++
			continue
		}
		if _, twice := seen[id]; !twice {
			seen[id] = struct{}{}
			l.rows = append(l.rows, r)
		}
	}
	_, err := dec.Token()
	return err
}

func (l *list) readSaid(dec *json.Decoder) error {
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return err
	}
	if said := parseAPIError(raw); said != nil {
		l.said = said
	}
	return nil
}

// skip reads one value and drops it.
func skip(dec *json.Decoder) error {
	var dropped ignored
	return dec.Decode(&dropped)
}

// ignored takes any value and keeps nothing of it.
type ignored struct{}

// UnmarshalJSON never fails.
func (*ignored) UnmarshalJSON([]byte) error { return nil }

// models are the rows in domain terms, without instances.
func (l list) models() []backend.Model {
	out := make([]backend.Model, 0, len(l.rows))
	for _, r := range l.rows {
		out = append(out, backend.Model{
			Key: string(r.ID), Name: firstOf(r.Name.label(), r.ID.label()), Type: typeOf(r.Mode, string(r.ID)),
			MaxContextLength: r.context(),
		})
	}
	return out
}

// ownedBy says whether any row is owned by who.
func (l list) ownedBy(who string) bool {
	for _, r := range l.rows {
		if string(r.OwnedBy) == who {
			return true
		}
	}
	return false
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// typeOf goes by LiteLLM's mode, where there is one.
func typeOf(mode looseString, id string) backend.ModelType {
	switch mode {
	case "":
		return typeByName(id)
	case "embedding", "rerank":
		return backend.TypeEmbedding
	}
	return backend.TypeLLM
}

// typeByName guesses from the id, where the API has no field for it, whether a
// model is for embeddings: a model that is taken for one that chats would be
// offered as a primary.
func typeByName(id string) backend.ModelType {
	if has(id, "embed", "bge-", "rerank") {
		return backend.TypeEmbedding
	}
	return backend.TypeLLM
}
