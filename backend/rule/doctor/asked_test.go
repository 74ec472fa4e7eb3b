package doctor_test

import (
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

func TestContextAsked(t *testing.T) {
	t.Parallel()
	hop := func(provider string, window, tokens *int) backend.Hop {
		return backend.Hop{Provider: provider, ContextWindow: window, ContextTokens: tokens}
	}
	for name, c := range map[string]struct {
		hop     backend.Hop
		version string
		most    *int
		want    *int
	}{
		"the window":                 {hop("lmstudio", ptr(196608), nil), "2026.9.6", ptr(262144), ptr(196608)},
		"less of it":                 {hop("lmstudio", ptr(196608), ptr(65536)), "2026.9.6", ptr(262144), ptr(65536)},
		"more than the model has":    {hop("lmstudio", ptr(300000), nil), "2026.9.6", ptr(262144), ptr(262144)},
		"nothing said":               {hop("LMStudio", nil, nil), "2026.9.6", ptr(262144), ptr(64000)},
		"nothing said, a small one":  {hop("lmstudio", nil, nil), "2026.9.6", ptr(32768), ptr(32768)},
		"nothing said, an early one": {hop("lmstudio", nil, nil), "2026.3.13", ptr(262144), nil},
		"nothing said, who knows":    {hop("lmstudio", nil, nil), "", nil, nil},
		"another provider":           {hop("local", nil, nil), "2026.9.6", nil, nil},
		"most is not known":          {hop("local", ptr(8192), nil), "", nil, ptr(8192)},
	} {
		got := doctor.ContextAsked(c.hop, c.version, c.most)
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: got %v, want %v", name, show(got), show(c.want))
		}
	}
}

func show(n *int) any {
	if n == nil {
		return nil
	}
	return *n
}
