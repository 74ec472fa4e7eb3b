package fit_test

import (
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

const gb = int64(1_000_000_000)

func ptr[T any](v T) *T { return &v }

// mac is a machine whose GPU takes from the same memory.
func mac(total, available int64) fit.Machine {
	return fit.Machine{Unified: true, Memory: &backend.Memory{TotalBytes: total * gb, AvailableBytes: ptr(available * gb)}}
}

func estimate(total int64, passes *bool) *backend.Estimate {
	return &backend.Estimate{TotalBytes: total * gb, PassesGuardrails: passes}
}

func TestOf(t *testing.T) {
	yes, no := ptr(true), ptr(false)
	files := backend.Model{Name: "Qwen", SizeBytes: ptr(40 * gb)}
	unread := fit.Machine{Unified: true, Memory: &backend.Memory{TotalBytes: 64 * gb}}
	discrete := fit.Machine{Memory: &backend.Memory{TotalBytes: 32 * gb, AvailableBytes: ptr(2 * gb)}}
	tests := []struct {
		name  string
		model backend.Model
		est   *backend.Estimate
		on    fit.Machine
		want  backend.Verdict
		loads bool // may it be loaded without asking anybody?
	}{
		{"the estimate and the reserve fit", files, estimate(40, yes), mac(64, 50), backend.Fits, true},
		{"they fit to the byte", files, &backend.Estimate{TotalBytes: 50*gb - fit.Reserve(64*gb)}, mac(64, 50), backend.Fits, true},
		{"a byte more eats into the reserve", files, &backend.Estimate{TotalBytes: 50*gb - fit.Reserve(64*gb) + 1}, mac(64, 50), backend.Tight, false},
		{"all that is available, and nothing is left", files, estimate(50, yes), mac(64, 50), backend.Tight, false},
		{"more than is available", files, estimate(51, yes), mac(64, 50), backend.TooBig, false},
		{"more than there is", files, estimate(65, yes), mac(64, 60), backend.TooBig, false},
		{"the server's guardrail is against it", files, estimate(10, no), mac(64, 60), backend.TooBig, false},
		{"the guardrail is against it on a machine that is not known", files, estimate(10, no), fit.Machine{}, backend.TooBig, false},
		{"the guardrail is for it, and more is not known", files, estimate(10, yes), fit.Machine{}, backend.Fits, true},
		{"an estimate alone says nothing", files, estimate(10, nil), fit.Machine{}, backend.FitUnknown, true},
		{"what is available was not read", files, estimate(10, nil), unread, backend.FitUnknown, true},
		{"the files alone do not prove that it fits", files, nil, mac(128, 120), backend.FitUnknown, true},
		{"the files alone prove that it does not fit now", files, nil, mac(128, 39), backend.TooBig, false},
		{"the files alone eat into the reserve", files, nil, mac(128, 45), backend.Tight, false},
		{"the files alone are more than there is", files, nil, mac(32, 30), backend.TooBig, false},
		{"a GPU with memory of its own: RAM says nothing", files, nil, discrete, backend.FitUnknown, true},
		{"such a GPU, and the guardrail is for it", files, estimate(40, yes), discrete, backend.Fits, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := fit.Of(fit.Ask{Model: tt.model, Estimate: tt.est, On: tt.on})
			if f == nil {
				t.Fatal("nothing known")
			}
			if f.Verdict != tt.want || fit.Allows(f) != tt.loads {
				t.Errorf("%s, allowed %t; want %s, %t", f.Verdict, fit.Allows(f), tt.want, tt.loads)
			}
			if f.Basis == "" {
				t.Error("does not say what it rests on")
			}
			if !fit.Allows(f) {
				if s := fit.Sentence(f, "Qwen"); !strings.HasPrefix(s, "Qwen needs about ") || !strings.HasSuffix(s, ".") {
					t.Errorf("sentence %q", s)
				}
			}
		})
	}
}

func TestNothingIsKnownOfItsSize(t *testing.T) {
	f := fit.Of(fit.Ask{Model: backend.Model{Name: "Qwen"}, On: mac(64, 1)})
	if f != nil {
		t.Errorf("reckoned %+v from nothing", f)
	}
	if !fit.Allows(f) {
		t.Error("what is not known is the server's to judge")
	}
}

func TestFiguresComeFromWhereTheySayTheyDo(t *testing.T) {
	est := &backend.Estimate{TotalBytes: 50 * gb, WeightsBytes: ptr(40 * gb), KVBytes: ptr(9 * gb)}
	f := fit.Of(fit.Ask{Model: backend.Model{SizeBytes: ptr(41 * gb)}, Estimate: est, On: mac(64, 60)})
	if f.TotalBytes != 50*gb || *f.WeightsBytes != 40*gb || *f.KVBytes != 9*gb || *f.LimitBytes != 64*gb || *f.AvailableBytes != 60*gb {
		t.Errorf("fit %+v", f)
	}
	f = fit.Of(fit.Ask{Model: backend.Model{SizeBytes: ptr(41 * gb)}})
	if f.TotalBytes != 41*gb || *f.WeightsBytes != 41*gb || f.KVBytes != nil || f.LimitBytes != nil || f.AvailableBytes != nil {
		t.Errorf("fit %+v: what is not known must be absent", f)
	}
}

func TestReserve(t *testing.T) {
	for total, want := range map[int64]int64{8: 4, 16: 4, 40: 4, 64: 6, 128: 12, 512: 51} {
		if got := fit.Reserve(total*gb) / gb; got != want {
			t.Errorf("of %d GB %d GB are left free, want %d", total, got, want)
		}
	}
}

func TestGB(t *testing.T) {
	for bytes, want := range map[int64]string{
		0: "0.0 GB", 80_000_000: "0.1 GB", 4_250_000_000: "4.2 GB", 9_960_000_000: "10 GB", 10 * gb: "10 GB", 138_380_000_000: "138 GB",
	} {
		if got := fit.GB(bytes); got != want {
			t.Errorf("%d bytes are written %q, want %q", bytes, got, want)
		}
	}
}

func TestSentence(t *testing.T) {
	got := fit.Sentence(fit.Of(fit.Ask{Model: backend.Model{SizeBytes: ptr(60 * gb)}, On: mac(64, 30)}), "Qwen")
	want := "Qwen needs about 56 GB; 28 GB of 60 GB are available, and 6.0 GB are left for the system."
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got = fit.Sentence(fit.Of(fit.Ask{Estimate: estimate(60, ptr(false))}), "Qwen")
	if want = "Qwen needs about 56 GB, more than the server lets it have."; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
