package backend_test

import (
	"testing"

	"pilotlight/backend"
)

func TestNearby(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "localhost": true, "[::1]": true, "10.1.2.3": true, "192.168.0.9": true, "172.31.0.1": true, "172.32.0.1": false,
		"100.100.1.1": true, "100.128.0.1": false, "169.254.1.1": true, "fe80::1%en0": true, "fd00::1": true, "::ffff:10.0.0.1": true, "2001:db8::1": false,
		"studio": true, "Studio.LOCAL": true, "studio.local.": true, "box.tail1234.ts.net": true, "gpu.home.arpa": true,
		"api.openai.com": false, "local.example.com": false, "1.1.1.1": false,
	} {
		if got := backend.Nearby(host); got != want {
			t.Errorf("%s: nearby %t", host, got)
		}
	}
}
