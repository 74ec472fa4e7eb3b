package top

import (
	"fmt"
	"math"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

// remembered is how many samples the small curves reach back.
const remembered = 30

// Past is what the small curves are drawn from.
type Past struct {
	last backend.Time
	ram  []float64
	gpu  map[string][]float64
}

// Add takes a sample in, once.
func (p *Past) Add(s *backend.Sample) {
	if s == nil || s.At.Equal(p.last.Time) {
		return
	}
	p.last = s.At
	if m := s.Memory; m != nil && m.TotalBytes > 0 {
		p.ram = tail(p.ram, float64(m.UsedBytes)/float64(m.TotalBytes))
	}
	was := p.gpu
	p.gpu = map[string][]float64{}
	for i, g := range s.GPUs {
		if g.Utilization != nil {
			key := g.Key(i)
			p.gpu[key] = tail(was[key], *g.Utilization)
		}
	}
}

func tail(list []float64, v float64) []float64 {
	return append(list[max(0, len(list)-remembered+1):], v)
}

// machine is a bar each for RAM, GPUs and the processor. What was not read says so.
func (p painter) machine(s *backend.Sample, past *Past) []string {
	if s == nil || s.Memory == nil {
		return []string{p.dim("RAM  not known: it could not be read")}
	}
	m := s.Memory
	words := fmt.Sprintf("%s of %s", fit.RAM(m.UsedBytes), fit.RAM(m.TotalBytes))
	if m.Pressure != nil {
		words += " · pressure " + *m.Pressure
	}
	if m.SwapUsedBytes != nil && *m.SwapUsedBytes > 0 {
		words += " · swap " + fit.RAM(*m.SwapUsedBytes)
	}
	lines := []string{p.meter("RAM", share(m.UsedBytes, m.TotalBytes), words, past.ram, pressureColor(m.Pressure))}
	for i, g := range s.GPUs {
		name := "GPU"
		if len(s.GPUs) > 1 {
			name = fmt.Sprint("GPU", i)
		}
		full, words := gpuWords(g)
		lines = append(lines, p.meter(name, full, words, past.gpu[g.Key(i)], ""))
	}
	if s.CPU != nil {
		lines = append(lines, p.meter("CPU", &s.CPU.Utilization, percent(s.CPU.Utilization), nil, ""))
	}
	return lines
}

// gpuWords is how full a GPU's memory is, and the figures in words.
func gpuWords(g backend.GPU) (full *float64, words string) {
	limit := g.MemoryLimitBytes
	if limit == nil {
		limit = g.MemoryTotalBytes
	}
	var parts []string
	switch {
	case g.MemoryUsedBytes != nil && limit != nil:
		full = share(*g.MemoryUsedBytes, *limit)
		parts = append(parts, fmt.Sprintf("%s of %s", fit.RAM(*g.MemoryUsedBytes), fit.RAM(*limit)))
	case g.MemoryUsedBytes != nil:
		parts = append(parts, fit.RAM(*g.MemoryUsedBytes))
	default:
		parts = append(parts, "memory not known")
	}
	if g.Utilization != nil {
		parts = append(parts, percent(*g.Utilization)+" busy")
	}
	if g.PowerWatts != nil {
		parts = append(parts, fmt.Sprintf("%.0f W", *g.PowerWatts))
	}
	if g.TemperatureCelsius != nil {
		parts = append(parts, fmt.Sprintf("%.0f °C", *g.TemperatureCelsius))
	}
	return full, strings.Join(append(parts, plain(g.Name)), " · ")
}

func share(part, whole int64) *float64 {
	if whole <= 0 {
		return nil
	}
	v := float64(part) / float64(whole)
	return &v
}

func percent(v float64) string { return fmt.Sprintf("%.0f %%", v*100) }

func pressureColor(pressure *string) string {
	switch {
	case pressure == nil:
		return ""
	case *pressure == "critical":
		return red
	case *pressure == "warning":
		return yellow
	}
	return ""
}

const barWidth = 24

// meter is a line with a bar, its words, and the curve of the last samples.
func (p painter) meter(name string, full *float64, words string, curve []float64, color string) string {
	bar := p.dim(strings.Repeat("·", barWidth))
	if full != nil {
		n := int(math.Round(min(max(*full, 0), 1) * barWidth))
		if color == "" {
			color = ember
		}
		bar = p.in(color, strings.Repeat("█", n)) + p.dim(strings.Repeat("░", barWidth-n))
	}
	line := fmt.Sprintf("%-5s%s  %s", name, bar, words)
	if len(curve) > 1 && p.width >= least*2 {
		line += "  " + p.dim(spark(curve))
	}
	return line
}

// spark is a curve between 0 and 1 in eighths of a line.
func spark(values []float64) string {
	var b strings.Builder
	for _, v := range values {
		b.WriteRune([]rune("▁▂▃▄▅▆▇█")[int(math.Round(min(max(v, 0), 1)*7))])
	}
	return b.String()
}
