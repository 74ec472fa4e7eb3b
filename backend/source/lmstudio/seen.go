package lmstudio

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

// Seen tells whether LM Studio is installed here and runs, from files and from the
// processes that are known. home is the person's home directory; processes is nil
// where they could not be read, which leaves it open whether it runs. It starts
// nothing and asks nobody.
func Seen(home string, processes []backend.Process) backend.LMStudioSeen {
	return seenOn(home, runtime.GOOS, applications(home, runtime.GOOS), processes)
}

// applications are where the app is installed; an AppImage may lie anywhere.
func applications(home, system string) []string {
	if system == "darwin" {
		return []string{"/Applications/LM Studio.app", filepath.Join(home, "Applications", "LM Studio.app")}
	}
	return []string{"/opt/LM Studio", "/opt/LM-Studio"}
}

func seenOn(home, system string, places []string, processes []backend.Process) backend.LMStudioSeen {
	s := backend.LMStudioSeen{Folder: Folder(home)}
	if processes != nil {
		runs := slices.ContainsFunc(processes, isLMStudio)
		s.Running = &runs
	}
	known := s.Running != nil && *s.Running || slices.ContainsFunc(places, there) ||
		slices.ContainsFunc(noted(s.Folder), there)
	if !known && s.Folder != "" && system != "darwin" {
		return s // an AppImage that was started once left its folder, and may lie anywhere
	}
	s.Installed = &known
	return s
}

// isLMStudio knows the processes of LM Studio by their role, its workers by their
// name (source/machine).
func isLMStudio(p backend.Process) bool {
	switch p.Role {
	case backend.RoleLMStudioApp, backend.RoleLMStudioHelper:
		return true
	case backend.RoleModelWorker:
		return strings.HasPrefix(p.Name, "LM Studio")
	}
	return false
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// noted are the paths that the app and llmster, its form without a window, note of
// themselves when they start (lmstudio-js, findOrStartLlmster.ts), and where
// llmster's installer puts it.
func noted(folder string) (paths []string) {
	if folder == "" {
		return nil
	}
	for _, name := range []string{"app-install-location.json", "llmster-install-location.json"} {
		b, err := readSmall(filepath.Join(folder, ".internal", name))
		var v struct {
			Path looseString `json:"path"`
		}
		if err == nil && object(b, &v) && filepath.IsAbs(string(v.Path)) {
			paths = append(paths, string(v.Path))
		}
	}
	return append(paths, filepath.Join(folder, "llmster"))
}

// Listens tells where LM Studio's HTTP server takes connections by its settings,
// with the port; nil where they do not say. They are what is set, not what runs: a
// server that was started with another address does not show in them.
func Listens(home, server string) (at *backend.Listening, port int) {
	b, err := readSmall(inside(lmstudioHome(home), ".internal", "http-server-config.json"))
	if err != nil {
		return nil, 0
	}
	var v struct {
		Interface looseString `json:"networkInterface"`
		Port      looseNumber `json:"port"`
	}
	if !object(b, &v) {
		return nil, 0
	}
	a, err := netip.ParseAddr(strings.Trim(string(v.Interface), "[]"))
	if strings.EqualFold(string(v.Interface), "localhost") {
		a, err = netip.IPv6Loopback(), nil
	}
	if err != nil {
		return nil, 0
	}
	if port = defaultPort; v.Port.Integer(65535) != nil {
		port = *v.Port.Integer(65535)
	}
	return &backend.Listening{Server: server, All: !a.Unmap().IsLoopback(), Source: "http-server-config.json"}, port
}

// AsksToken says whether a server at base (as http://127.0.0.1:1234) answers for its
// models without a token; nil where it gave another answer or none. LM Studio, vLLM
// and LiteLLM guard that list as they guard the rest; llama.cpp's server does not,
// so nothing follows for it. No token is sent.
func AsksToken(ctx context.Context, base string) *bool {
	ctx, cancel := context.WithTimeout(ctx, 2*dialTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(base, "/")+"/v1/models", nil)
	if err != nil {
		return nil
	}
	req.Header.Set("User-Agent", "Pilotlight")
	client := http.Client{
		Transport:     wire.Once(dialTimeout),
		CheckRedirect: wire.Stay,
	}
	res, err := client.Do(req)
	if err != nil {
		return nil
	}
	defer res.Body.Close()
	asks := res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden
	if asks {
		return &asks
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, listCap))
	var list struct {
		Data []json.RawMessage `json:"data"`
	}
	if err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(b, &list) != nil || list.Data == nil {
		return nil
	}
	return &asks
}
