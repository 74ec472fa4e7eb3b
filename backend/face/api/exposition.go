package api

import (
	"bytes"
	"strconv"
	"strings"
)

// exposition writes Prometheus' text format 0.0.4
// (prometheus.io/docs/instrumenting/exposition_formats). A family is written with
// its first sample: one without samples is not there at all.
type exposition struct {
	buf    bytes.Buffer
	family string
}

// label is one label of a sample. Its value may be anything.
type label struct{ name, value string }

// gauge writes a sample of something that goes up and down. Samples of one family
// follow each other.
func (x *exposition) gauge(name, help string, v float64, labels ...label) {
	x.sample("gauge", name, help, v, labels)
}

// counter writes a sample of something that only grows, until the agent starts
// again. By convention its name ends in _total.
func (x *exposition) counter(name, help string, v float64, labels ...label) {
	x.sample("counter", name, help, v, labels)
}

// known writes a gauge for a value that may be absent.
func (x *exposition) known(name, help string, v *int64, labels ...label) {
	if v != nil {
		x.gauge(name, help, float64(*v), labels...)
	}
}

func (x *exposition) sample(kind, name, help string, v float64, labels []label) {
	b := &x.buf
	if name != x.family {
		x.family = name
		b.WriteString("# HELP " + name + " " + helpText.Replace(help) + "\n# TYPE " + name + " " + kind + "\n")
	}
	b.WriteString(name)
	for i, l := range labels {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(l.name + `="` + labelText.Replace(strings.ToValidUTF8(l.value, "\uFFFD")) + `"`)
	}
	if len(labels) > 0 {
		b.WriteByte('}')
	}
	b.WriteString(" " + strconv.FormatFloat(v, 'g', -1, 64) + "\n")
}

// What the format wants escaped. Go's %q would write escapes that it does not know.
var (
	helpText  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelText = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)
