package config

import (
	"encoding/json"
	"slices"

	"pilotlight/backend/json5"
)

// order moves the elements of a list that a new list has too into the order that
// they have there, each with the comments that belong to it. Set alone would write
// an element that changed its place anew, without them. A path that is no list, and
// a value that is none, is left to Set.
func order(tree *json5.Document, path json5.Path, value json.RawMessage) error {
	raw, ok := tree.Get(path)
	if !ok {
		return nil
	}
	have, ok1 := elements(raw)
	want, ok2 := elements(value)
	if !ok1 || !ok2 {
		return nil
	}
	next := common(want, have)
	if slices.Equal(common(have, want), next) {
		return nil // what goes and what comes is for Set
	}
	for to, e := range next {
		from := to + slices.Index(have[to:], e)
		if err := tree.Move(append(path[:len(path):len(path)], from), to); err != nil {
			return err
		}
		have = slices.Insert(slices.Delete(have, from, from+1), to, e)
	}
	return nil
}

// common are the elements of a list that another has too, each as often, in the
// order of the first.
func common(list, other []string) (both []string) {
	left := map[string]int{}
	for _, e := range other {
		left[e]++
	}
	for _, e := range list {
		if left[e] > 0 {
			left[e]--
			both = append(both, e)
		}
	}
	return both
}

// elements are a list's, each as JSON in one way of writing it.
func elements(raw json.RawMessage) ([]string, bool) {
	var list []any
	if unmarshal(raw, &list) != nil || list == nil {
		return nil, false
	}
	out := make([]string, len(list))
	for i, v := range list {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, false
		}
		out[i] = string(text)
	}
	return out, true
}
