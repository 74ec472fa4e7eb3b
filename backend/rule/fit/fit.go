// Package fit answers whether a model would fit into memory. It owns the
// reckoning and the reserve; it measures nothing, and where a figure is not
// known it says so instead of guessing.
package fit

import (
	"fmt"

	"pilotlight/backend"
)

const (
	gigabyte = 1_000_000_000
	// leastReserve and reserveShare are what the system and other programs are
	// left with: the larger of the two.
	leastReserve = 4 * gigabyte
	reserveShare = 10 // percent of all memory
)

// Machine is the memory that a load would take from.
type Machine struct {
	Memory *backend.Memory // nil when the server runs elsewhere or nothing was read
	// Unified says that weights go into this same RAM, as on Apple silicon.
	// Where a GPU has memory of its own, RAM says nothing about fitting.
	Unified bool
}

// Reserve is the memory to leave free of a total, in bytes.
func Reserve(total int64) int64 { return max(leastReserve, total*reserveShare/100) }

// Of reckons one more load of m. est is the server's own estimate, nil when it
// gives none. The result is nil when nothing at all is known of its size.
func Of(m backend.Model, est *backend.Estimate, on Machine) *backend.Fit {
	f := backend.Fit{Verdict: backend.FitUnknown}
	switch {
	case est != nil:
		f.TotalBytes, f.WeightsBytes, f.KVBytes = est.TotalBytes, est.WeightsBytes, est.KVBytes
		f.Basis = "the server's own estimate"
	case m.SizeBytes != nil:
		f.TotalBytes, f.WeightsBytes = *m.SizeBytes, m.SizeBytes
		f.Basis = "the size of its files; what its context takes is not known"
	default:
		return nil
	}
	if on.Unified && on.Memory != nil {
		f.LimitBytes, f.AvailableBytes = &on.Memory.TotalBytes, on.Memory.AvailableBytes
	}
	f.Verdict = verdict(f, est)
	return &f
}

func verdict(f backend.Fit, est *backend.Estimate) backend.Verdict {
	if est != nil && est.PassesGuardrails != nil && !*est.PassesGuardrails {
		return backend.TooBig
	}
	if f.LimitBytes != nil && f.TotalBytes > *f.LimitBytes {
		return backend.TooBig
	}
	if f.AvailableBytes == nil || f.LimitBytes == nil {
		if est != nil && est.PassesGuardrails != nil {
			return backend.Fits
		}
		return backend.FitUnknown
	}
	switch room := *f.AvailableBytes; {
	case f.TotalBytes > room:
		return backend.TooBig
	case f.TotalBytes+Reserve(*f.LimitBytes) > room:
		return backend.Tight
	case est == nil:
		return backend.FitUnknown // the files alone can prove that it does not fit, never that it does
	}
	return backend.Fits
}

// Allows says whether a load may be started without asking anybody. Unknown
// allows it: the server has guardrails of its own.
func Allows(f *backend.Fit) bool {
	return f == nil || f.Verdict == backend.Fits || f.Verdict == backend.FitUnknown
}

// Sentence says in words why a load is not allowed.
func Sentence(f *backend.Fit, name string) string {
	if f.AvailableBytes == nil {
		return fmt.Sprintf("%s needs about %s, more than the server lets it have.", name, RAM(f.TotalBytes))
	}
	return fmt.Sprintf("%s needs about %s; %s of %s are available, and %s are left for the system.",
		name, RAM(f.TotalBytes), RAM(*f.AvailableBytes), RAM(*f.LimitBytes), RAM(Reserve(*f.LimitBytes)))
}

// GB writes a size on disk as people read it, in units of 1,000,000,000 bytes,
// as Finder and LM Studio do.
func GB(bytes int64) string { return inUnits(bytes, gigabyte) }

// RAM writes memory as people read it, in units of 2³⁰ bytes that are called GB,
// as Activity Monitor does: a Mac that was sold with 512 GB has 512 GB.
func RAM(bytes int64) string { return inUnits(bytes, 1<<30) }

func inUnits(bytes int64, unit float64) string {
	g := float64(bytes) / unit
	if g < 9.95 {
		return fmt.Sprintf("%.1f GB", g)
	}
	return fmt.Sprintf("%.0f GB", g)
}
