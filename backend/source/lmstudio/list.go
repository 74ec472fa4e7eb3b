package lmstudio

import (
	"encoding/json"
	"errors"
	"io"

	"pilotlight/backend"
)

const (
	// maxModels and maxInstances bound a list. No machine holds that many; a
	// list with more is not trusted, since cutting it would make models vanish.
	maxModels    = 2000
	maxInstances = 64
)

var (
	errNotList  = errors.New("not a list of models")
	errTooMany  = errors.New("more models than any machine holds")
	errTrailing = errors.New("something follows the list")
)

// listing is what an answer of a list route held.
type listing struct {
	found  bool // the array of models was there
	models []backend.Model
	// whole says that every row told which instances it has. Without it a
	// model that is not listed as loaded may be.
	whole  bool
	apiErr *apiError // what stood under "error", nil when nothing did
}

// rowReader adds one row of a list's array.
type rowReader func(dec *json.Decoder, t *table) error

// dialect is how one version of the REST API lists its models.
type dialect struct {
	api   backend.API
	path  string
	array string // the member that holds the rows
	row   rowReader
}

var (
	dialectV1 = dialect{backend.APIv1, "/api/v1/models", "models", readV1Row}
	dialectV0 = dialect{backend.APIv0, "/api/v0/models", "data", readV0Row}
)

// readList reads a list answer as a stream: only one row is in memory at a
// time. now is the moment of the answer, from which remaining seconds count.
// The error is errTooMany, errNotList, errTrailing or what the reader or the
// JSON decoder said; the listing then holds nothing to be trusted but apiErr.
func readList(r io.Reader, d dialect, c clock) (listing, error) {
	dec := json.NewDecoder(r)
	if tok, err := dec.Token(); err != nil {
		return listing{}, err
	} else if tok != json.Delim('{') {
		return listing{}, errNotList
	}
	l, t := listing{}, newTable(c)
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return listing{}, err
		}
		switch name {
		case d.array:
			err = l.readRows(dec, d, t)
		case "error":
			err = l.readError(dec)
		default:
			err = skip(dec)
		}
		if err != nil {
			return listing{apiErr: l.apiErr}, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return listing{}, err
	}
	if _, err := dec.Token(); err == nil {
		return listing{}, errTrailing
	} else if !errors.Is(err, io.EOF) {
		return listing{}, err
	}
	l.models, l.whole = t.finish()
	return l, nil
}

func (l *listing) readRows(dec *json.Decoder, d dialect, t *table) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	if delim, ok := tok.(json.Delim); !ok {
		return nil // a number or a string: not a list, but the answer may hold an error yet
	} else if delim != '[' {
		return errNotList
	}
	l.found = true
	for dec.More() {
		if t.rows++; t.rows > maxModels {
			return errTooMany
		}
		if err := d.row(dec, t); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

func (l *listing) readError(dec *json.Decoder) error {
	var raw json.RawMessage
	if err := dec.Decode(&raw); err != nil {
		return err
	}
	l.apiErr = parseAPIError(raw)
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

// table gathers rows into models, each key once.
type table struct {
	clock  clock
	rows   int
	whole  bool
	models []backend.Model
	index  map[string]int
	later  []v0Loaded
}

func newTable(c clock) *table {
	return &table{clock: c, whole: true, index: map[string]int{}}
}

// add merges m into the model of the same key: one key can stand in several
// rows when several machines share their models (LM Link).
func (t *table) add(m backend.Model, instances ...backend.Instance) {
	at, known := t.index[m.Key]
	if !known {
		at = len(t.models)
		t.index[m.Key] = at
		t.models = append(t.models, m)
	}
	t.models[at].Loading = t.models[at].Loading || m.Loading
	for _, i := range instances {
		t.addInstance(at, i)
	}
}

func (t *table) addInstance(at int, i backend.Instance) {
	m := &t.models[at]
	for _, have := range m.Instances {
		if have.ID == i.ID {
			return
		}
	}
	if len(m.Instances) >= maxInstances {
		t.whole = false
		return
	}
	m.Instances = append(m.Instances, i)
}

func (t *table) finish() ([]backend.Model, bool) {
	t.placeV0()
	return t.models, t.whole
}

// decode reads one row. One that is no object leaves r empty: the decoder has
// read past it already, and what it stood for is not known.
func (t *table) decode(dec *json.Decoder, r any) error {
	err := dec.Decode(r)
	if _, odd := errors.AsType[*json.UnmarshalTypeError](err); odd {
		t.whole = false
		return nil
	}
	return err
}
