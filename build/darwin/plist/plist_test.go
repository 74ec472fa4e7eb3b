package main

import (
	"testing"

	"howett.net/plist"
)

func parsed(t *testing.T, kind string, v values) map[string]any {
	t.Helper()
	text, err := render(kind, v)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if _, err := plist.Unmarshal(text, &got); err != nil {
		t.Fatalf("%s does not parse: %v\n%s", kind, err, text)
	}
	return got
}

func TestBothSayWhatMacOSNeeds(t *testing.T) {
	v := values{Version: "1.2.3", Build: "42", Commit: "v1.2.3-4-g<&>"}
	for kind, own := range map[string]map[string]any{
		"agent":  {"CFBundleIdentifier": "app.pilotlight", "CFBundleExecutable": "pilotlight", "LSUIElement": true},
		"window": {"CFBundleIdentifier": "app.pilotlight.dashboard", "CFBundleExecutable": "pilotlight-window"},
	} {
		got := parsed(t, kind, v)
		want := map[string]any{
			"CFBundlePackageType": "APPL", "CFBundleIconFile": "pilotlight", "CFBundleName": "Pilotlight",
			"CFBundleShortVersionString": "1.2.3", "CFBundleVersion": "42", "PilotlightCommit": "v1.2.3-4-g<&>",
			"LSMinimumSystemVersion": "12.0", "NSHighResolutionCapable": true,
		}
		for k, w := range own {
			want[k] = w
		}
		for k, w := range want {
			if got[k] != w {
				t.Errorf("%s: %s = %v, want %v", kind, k, got[k], w)
			}
		}
		ats, _ := got["NSAppTransportSecurity"].(map[string]any)
		if ats["NSAllowsLocalNetworking"] != true || len(ats) != 1 {
			t.Errorf("%s: transport security = %v, want local networking alone", kind, ats)
		}
		if s, _ := got["NSLocalNetworkUsageDescription"].(string); s == "" {
			t.Errorf("%s: macOS would ask for the local network without a reason", kind)
		}
	}
	if _, ok := parsed(t, "window", v)["LSUIElement"]; ok {
		t.Error("the window would have no Dock icon and no menu")
	}
}

func TestVersionsThatMacOSCannotReadAreRefused(t *testing.T) {
	for _, v := range []values{
		{Version: "v1.2.3", Build: "1"}, {Version: "1.2", Build: "1"}, {Version: "", Build: "1"}, {Version: "1.2.3-4", Build: "1"},
		{Version: "1.2.3", Build: ""}, {Version: "1.2.3", Build: "1a"},
	} {
		if _, err := render("agent", v); err == nil {
			t.Errorf("%+v was taken", v)
		}
	}
	if _, err := render("other", values{Version: "1.2.3", Build: "1"}); err == nil {
		t.Error("a kind that does not exist was rendered")
	}
}
