package openclaw

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pilotlight/backend/json5"
)

const (
	includeKey = "$include"
	// maxDepth is OpenClaw's own limit.
	maxDepth = 10
	// maxIncludes bounds the files of one config: ten levels of two each would
	// be a thousand reads.
	maxIncludes = 256
)

// tree is one config being put together from its files. Its values are those of
// encoding/json, with numbers kept as written.
type tree struct {
	root  string   // the config's folder, which includes must stay in
	roots []string // further folders that a person allowed
	marks []mark   // of every file that was asked for, found or not, made before it was read
	bytes int64    // read so far
}

// fault is what makes a config unreadable: where, in the config's own terms,
// and why.
type fault struct {
	at   string
	text string
}

func (f *fault) Error() string { return f.text }

// newTree begins a config that lies at path.
func newTree(path string, env Env) *tree {
	t := &tree{root: filepath.Dir(path)}
	for _, r := range filepath.SplitList(env.get("OPENCLAW_INCLUDE_ROOTS")) {
		if strings.TrimSpace(r) != "" {
			t.roots = append(t.roots, env.path(r))
		}
	}
	return t
}

// decode reads JSON5 text into plain values.
func decode(text []byte) (any, error) {
	std, err := json5.Standard(text)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(std))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, errors.New("it is nested too deeply")
	}
	return v, nil
}

// resolve replaces every $include below v. file is where v stands, at its place
// in the config, chain the files that led to it.
func (t *tree) resolve(v any, file, at string, chain []string) (any, error) {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			r, err := t.resolve(v[i], file, fmt.Sprintf("%s[%d]", at, i), chain)
			if err != nil {
				return nil, err
			}
			out[i] = r
		}
		return out, nil
	case map[string]any:
		return t.object(v, file, at, chain)
	}
	return v, nil
}

func (t *tree) object(v map[string]any, file, at string, chain []string) (any, error) {
	rest := make(map[string]any, len(v))
	for k := range v {
		if k == includeKey {
			continue
		}
		r, err := t.resolve(v[k], file, join(at, k), chain)
		if err != nil {
			return nil, err
		}
		rest[k] = r
	}
	what, has := v[includeKey]
	if !has {
		return rest, nil
	}
	in, err := t.includes(what, file, join(at, includeKey), chain)
	if err != nil || len(rest) == 0 {
		return in, err
	}
	if _, ok := in.(map[string]any); !ok {
		return nil, &fault{join(at, includeKey), "what is included beside other keys must be an object"}
	}
	return merge(in, rest), nil
}

func (t *tree) includes(what any, file, at string, chain []string) (any, error) {
	switch what := what.(type) {
	case string:
		return t.load(what, file, at, chain)
	case []any:
		var out any = map[string]any{}
		for _, w := range what {
			name, ok := w.(string)
			if !ok {
				return nil, &fault{at, "a list of includes holds something that is not a file's name"}
			}
			v, err := t.load(name, file, at, chain)
			if err != nil {
				return nil, err
			}
			out = merge(out, v)
		}
		return out, nil
	}
	return nil, &fault{at, "an include must be a file's name or a list of them"}
}

// load reads one included file and what it includes itself.
func (t *tree) load(name, from, at string, chain []string) (any, error) {
	path := filepath.Clean(name)
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(from), path)
	}
	switch {
	case !t.allowed(path):
		return nil, &fault{at, fmt.Sprintf("%s lies outside the config's folder", name)}
	case slices.Contains(chain, path):
		return nil, &fault{at, fmt.Sprintf("%s includes itself", name)}
	case len(chain) > maxDepth:
		return nil, &fault{at, fmt.Sprintf("includes are nested more than %d deep", maxDepth)}
	case len(t.marks) >= maxIncludes:
		return nil, &fault{at, fmt.Sprintf("more than %d includes", maxIncludes)}
	}
	t.marks = append(t.marks, markOf(path))
	text, err := readFile(path, includeCap)
	if err != nil {
		return nil, &fault{at, fmt.Sprintf("%s cannot be read: %s", name, plainly(err))}
	}
	if t.bytes += int64(len(text)); t.bytes > configCap {
		return nil, &fault{at, "the included files are too large together"}
	}
	v, err := decode(text)
	if err != nil {
		return nil, &fault{at, fmt.Sprintf("%s, %s", name, plainly(err))}
	}
	return t.resolve(v, path, at, append(slices.Clone(chain), path))
}

// allowed keeps includes inside the config's folder, by name and by what a link
// in it points to.
func (t *tree) allowed(path string) bool {
	real := path
	if r, err := filepath.EvalSymlinks(path); err == nil {
		real = r
	}
	for _, root := range append([]string{t.root}, t.roots...) {
		realRoot := root
		if r, err := filepath.EvalSymlinks(root); err == nil {
			realRoot = r
		}
		if inside(realRoot, real) && (inside(root, path) || inside(realRoot, path)) {
			return true
		}
	}
	return false
}

func inside(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(os.PathSeparator))
}

// merge lays b over a: objects into each other, lists one after the other, of
// anything else b counts.
func merge(a, b any) any {
	switch b := b.(type) {
	case map[string]any:
		if a, ok := a.(map[string]any); ok {
			out := make(map[string]any, len(a)+len(b))
			for k, v := range a {
				out[k] = v
			}
			for k, v := range b {
				if was, has := out[k]; has {
					v = merge(was, v)
				}
				out[k] = v
			}
			return out
		}
	case []any:
		if a, ok := a.([]any); ok {
			return append(slices.Clone(a), b...)
		}
	}
	return b
}

// plainly says why a file cannot be read, without its path.
func plainly(err error) string {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		err = pe.Err
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "it is not there"
	case errors.Is(err, os.ErrPermission):
		return "this user may not read it"
	}
	return err.Error()
}

// join adds a key to a place in a config, quoted where a dot would mislead.
func join(at, key string) string {
	if key == "" || strings.ContainsAny(key, `./[]" `) {
		return fmt.Sprintf("%s[%q]", at, key)
	}
	if at == "" {
		return key
	}
	return at + "." + key
}
