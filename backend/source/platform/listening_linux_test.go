package platform

import (
	"net"
	"testing"
)

// TestListening opens real ports, once for this machine and once for everybody.
func TestListening(t *testing.T) {
	t.Parallel()
	for address, all := range map[string]bool{"127.0.0.1:0": false, "0.0.0.0:0": true, "[::1]:0": false, "[::]:0": true} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Logf("%s cannot be listened on here: %v", address, err)
			continue
		}
		got := Listening(t.Context(), "lmstudio", l.Addr().(*net.TCPAddr).Port)
		_ = l.Close()
		if got == nil || got.All != all || got.Source != "procfs" || got.Server != "lmstudio" {
			t.Errorf("%s: got %+v, want all %v", address, got, all)
		}
	}
	if got := listeningIn(t.TempDir(), "lmstudio", 1234); got != nil {
		t.Errorf("without the tables: got %+v", got)
	}
}
