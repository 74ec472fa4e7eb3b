package lmstudio

import (
	"context"
	"encoding/json"
	"path/filepath"
)

// Preferences are what LM Studio's own settings say that loads depend on.
type Preferences struct {
	// ModelsFolder is where its models lie, "" where LM Studio is not here.
	ModelsFolder string
	// Context is what a load gets that asks for none, in tokens; 0 is not known.
	// A model's own settings may say otherwise.
	Context int
	// LongestContext says that such a load gets all that the model can.
	LongestContext bool
}

// ReadPreferences reads settings.json in LM Studio's folder: the app writes it,
// and so it is read anew each time. home is the person's home directory. What
// the file does not say, or a file that makes no sense, leaves the usual.
func ReadPreferences(home string) Preferences {
	dir := Folder(home)
	if dir == "" {
		return Preferences{}
	}
	p := Preferences{ModelsFolder: filepath.Join(dir, "models")}
	b, err := readSmall(filepath.Join(dir, "settings.json"))
	if err != nil {
		return p
	}
	var v struct {
		Downloads looseString     `json:"downloadsFolder"`
		Context   json.RawMessage `json:"defaultContextLength"`
	}
	if !object(b, &v) {
		return p
	}
	if filepath.IsAbs(string(v.Downloads)) {
		p.ModelsFolder = filepath.Clean(string(v.Downloads))
	}
	var length struct {
		Type  looseString `json:"type"`
		Value looseNumber `json:"value"`
	}
	if !object(v.Context, &length) {
		return p
	}
	switch n := length.Value.Integer(maxContext); {
	case length.Type == "max":
		p.LongestContext = true
	case length.Type == "custom" && n != nil:
		p.Context = *n
	}
	return p
}

// ModelPaths asks which files the models have: paths below LM Studio's folder
// of models, by key. Those of LM Studio's catalogue have no files by that path.
// The error is CodeUnsupported where there is no WebSocket.
func (c *Client) ModelPaths(ctx context.Context) (map[string]string, error) {
	raw, err := c.once(ctx, nsSystem, "listDownloadedModels", nil)
	if err != nil {
		return nil, c.wsProblem(err, "")
	}
	var rows []json.RawMessage
	if json.Unmarshal(raw, &rows) != nil || len(rows) > maxModels {
		return nil, notUnderstood("LM Studio's list of downloaded models was not understood.")
	}
	paths := map[string]string{}
	for _, row := range rows {
		var v struct {
			Key    looseString `json:"modelKey"`
			Path   looseString `json:"path"`
			Device looseString `json:"deviceIdentifier"` // of another machine (LM Link), null for this one
		}
		if object(row, &v) && v.Device == "" && v.Key.id() != "" && v.Path.id() != "" {
			paths[v.Key.id()] = v.Path.id()
		}
	}
	return paths, nil
}
