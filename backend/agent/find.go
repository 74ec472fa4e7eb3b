package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pilotlight/backend"
)

// on is a server by its id, the main one for "".
func (a *Agent) on(id string) (*watched, error) {
	if w, ok := a.find(id); ok {
		return w, nil
	}
	ids := make([]string, len(a.servers))
	for i, w := range a.servers {
		ids[i] = w.id
	}
	return nil, &backend.Error{
		Code: backend.CodeNotFound, Message: fmt.Sprintf("There is no server %q.", id), Hint: "The servers are: " + strings.Join(ids, ", ") + ".",
	}
}

// sourceOf is what speaks with a server; asked for from beside the loop.
func (a *Agent) sourceOf(ctx context.Context, id string) (w *watched, src Source, err error) {
	_, err = inLoop(ctx, a, func() (struct{}, error) {
		if w, err = a.on(id); err == nil {
			src = w.src
		}
		return struct{}{}, err
	})
	return w, src, err
}

// findOn is findInstance on a server by its id.
func (a *Agent) findOn(server, instanceID string) (string, error) {
	w, err := a.on(server)
	if err != nil {
		return "", err
	}
	return w.findInstance(instanceID)
}

// findInstance takes an instance's id, or the key of a model with one instance.
func (w *watched) findInstance(id string) (string, error) {
	var all []string
	for _, m := range w.server().Models {
		for _, i := range m.Instances {
			if i.ID == id || m.Key == id && len(m.Instances) == 1 {
				return i.ID, nil
			}
			all = append(all, i.ID)
		}
	}
	hint := "Nothing is loaded."
	if len(all) > 0 {
		hint = "Loaded are: " + strings.Join(all, ", ") + "."
	}
	return "", &backend.Error{Code: backend.CodeNotFound, Message: fmt.Sprintf("No instance %q is loaded.", id), Hint: hint}
}

// findModel takes a key, or a part of a key or a name that fits one model. A
// server that was never listed is believed to have what is asked for.
func (w *watched) findModel(name string) (backend.Model, error) {
	srv := w.server()
	name = strings.TrimSpace(name)
	if srv.ListedAt == nil && name != "" {
		return backend.Model{Key: name, Name: name}, nil
	}
	var like []backend.Model
	for _, m := range srv.Models {
		if m.Key == name {
			return m, nil
		}
		low := strings.ToLower(name)
		if name != "" && (strings.Contains(strings.ToLower(m.Key), low) || strings.Contains(strings.ToLower(m.Name), low)) {
			like = append(like, m)
		}
	}
	switch len(like) {
	case 1:
		return like[0], nil
	case 0:
		return backend.Model{}, &backend.Error{
			Code: backend.CodeModelMissing, Message: fmt.Sprintf("%s has no model %q.", srv.Name, name), Hint: "It has: " + keys(srv.Models) + ".",
		}
	}
	return backend.Model{}, &backend.Error{
		Code: backend.CodeInvalid, Message: fmt.Sprintf("%q fits several models.", name), Hint: "Say which: " + keys(like) + ".",
	}
}

// keys lists some models for a hint.
func keys(models []backend.Model) string {
	const most = 12
	var ks []string
	for _, m := range models {
		ks = append(ks, m.Key)
	}
	slices.Sort(ks)
	if len(ks) == 0 {
		return "none downloaded"
	}
	if len(ks) > most {
		return strings.Join(ks[:most], ", ") + fmt.Sprintf(" and %d more", len(ks)-most)
	}
	return strings.Join(ks, ", ")
}
