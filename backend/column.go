package backend

import (
	"encoding/json"
	"math"
	"strconv"
)

// Column is a figure for each row; nil where there is none.
type Column []*float64

// MarshalJSON writes the numbers as short as they can be.
func (c Column) MarshalJSON() ([]byte, error) { return c.append(make([]byte, 0, 2+12*len(c))), nil }

func (c Column) append(b []byte) []byte {
	b = append(b, '[')
	for i, v := range c {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case v == nil || math.IsNaN(*v) || math.IsInf(*v, 0):
			b = append(b, "null"...)
		case *v == math.Trunc(*v) && math.Abs(*v) < 1<<53:
			b = strconv.AppendInt(b, int64(*v), 10)
		default:
			b = strconv.AppendFloat(b, *v, 'f', -1, 64)
		}
	}
	return append(b, ']')
}

// AppendJSON writes what json.Marshal would, in another order. encoding/json
// reads over everything that a MarshalJSON wrote once more, which for tens of
// thousands of figures takes longer than writing them.
func (s Samples) AppendJSON(b []byte) ([]byte, error) {
	b, err := appendOpen(b, struct {
		From        Time       `json:"from"`
		To          Time       `json:"to"`
		StepSeconds float64    `json:"step_seconds"`
		Resolution  Resolution `json:"resolution"`
		Gaps        []Gap      `json:"gaps"`
	}{s.From, s.To, s.StepSeconds, s.Resolution, s.Gaps})
	if err != nil {
		return nil, err
	}
	b = append(b, `,"at_ms":[`...)
	for i, ms := range s.AtMS {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, ms, 10)
	}
	b = append(b, `],"items":[`...)
	for i, series := range s.Items {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = series.appendJSON(b); err != nil {
			return nil, err
		}
	}
	return append(b, "]}"...), nil
}

func (s Series) appendJSON(b []byte) ([]byte, error) {
	b, err := appendOpen(b, struct {
		Name  string `json:"name"`
		Unit  Unit   `json:"unit"`
		GPU   string `json:"gpu,omitempty"`
		Label string `json:"label,omitempty"`
	}{s.Name, s.Unit, s.GPU, s.Label})
	if err != nil {
		return nil, err
	}
	b = s.Min.append(append(b, `,"min":`...))
	b = s.Mean.append(append(b, `,"mean":`...))
	b = s.Max.append(append(b, `,"max":`...))
	return append(b, '}'), nil
}

// appendOpen writes an object without its last brace.
func appendOpen(b []byte, object any) ([]byte, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	return append(b, text[:len(text)-1]...), nil
}
