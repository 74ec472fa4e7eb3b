package lmstudiotest

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// writeHome publishes the ports where LM Studio does: http-server-config.json
// says what the HTTP server is configured to, http-server.json where the app's
// internal API listens. Like the real ones they stay when the app ends.
func (s *Server) writeHome() error {
	if s.opts.Home == "" {
		return nil
	}
	dir := filepath.Join(s.opts.Home, ".internal")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make LM Studio home: %w", err)
	}
	host, _, _ := net.SplitHostPort(s.public.address())
	files := map[string]any{
		"http-server-config.json": map[string]any{
			"autoStartOnLaunch": true, "port": portOf(s.public.address()), "cors": false,
			"logSensitiveData": true, "logIncomingTokens": false, "verbose": true,
			"logLinesLimit": 500, "networkInterface": host,
			"justInTimeModelLoading": !s.opts.NoJIT, "fileLoggingMode": "succinct",
		},
		"http-server.json": map[string]any{"port": s.InternalPort()},
	}
	for name, content := range files {
		text, err := json.Marshal(content)
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}
