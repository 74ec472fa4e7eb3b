package openai

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"

	"pilotlight/backend"
)

// metricsCap bounds what is read of a page of metrics, in bytes. vLLM's takes some
// hundred kilobytes, nearly all of it histograms.
const metricsCap = 4 << 20

// load is how many requests a model has.
type load struct{ running, waiting int }

// The gauges that tell it: vLLM's since 0.4 (docs, usage/metrics), llama.cpp's with
// --metrics (tools/server/README.md).
var (
	vllmRunning, vllmWaiting   = []byte("vllm:num_requests_running"), []byte("vllm:num_requests_waiting")
	llamaRunning, llamaWaiting = []byte("llamacpp:requests_processing"), []byte("llamacpp:requests_deferred")
)

// readMetrics reads the load of each model from a page of metrics, line by line.
// llama.cpp's has no name of a model: it is "". Several lines of one model, an
// engine each, are added up.
func readMetrics(r io.Reader) map[string]load {
	loads := map[string]load{}
	br := bufio.NewReaderSize(io.LimitReader(r, metricsCap), 4<<10)
	for {
		line, err := br.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			// Longer than any gauge's line; the rest of it is passed over.
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = br.ReadSlice('\n')
			}
			line = nil
		}
		if len(loads) < maxModels {
			readGauge(line, loads)
		}
		if err != nil {
			return loads
		}
	}
}

func readGauge(line []byte, loads map[string]load) {
	name, rest := line, []byte(nil)
	if at := bytes.IndexAny(line, "{ "); at >= 0 {
		name, rest = line[:at], line[at:]
	}
	running := bytes.Equal(name, vllmRunning) || bytes.Equal(name, llamaRunning)
	if !running && !bytes.Equal(name, vllmWaiting) && !bytes.Equal(name, llamaWaiting) {
		return
	}
	model := ""
	if len(rest) > 0 && rest[0] == '{' {
		end := bytes.LastIndexByte(rest, '}')
		if end < 0 {
			return
		}
		model, rest = labelOf(rest[1:end], `model_name="`), rest[end+1:]
	}
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return
	}
	v, err := strconv.ParseFloat(string(fields[0]), 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > 1<<20 {
		return
	}
	l := loads[model]
	if running {
		l.running += int(v)
	} else {
		l.waiting += int(v)
	}
	loads[model] = l
}

// labelOf is the value of a label, whose quotes and backslashes are escaped.
func labelOf(labels []byte, start string) string {
	_, value, ok := bytes.Cut(labels, []byte(start))
	if !ok {
		return ""
	}
	var out []byte
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '"':
			return string(out)
		case '\\':
			if i++; i < len(value) {
				out = append(out, value[i])
			}
		default:
			out = append(out, value[i])
		}
	}
	return ""
}

// metrics asks for the page of metrics. The error is CodeUnsupported where it is
// switched off.
func (c *Client) metrics(ctx context.Context, path string) (map[string]load, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	req, err := c.request(ctx, http.MethodGet, c.at.base+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.netError(err, "If this goes on, restart the server.")
	}
	defer res.Body.Close()
	switch {
	case unauthorized(res.StatusCode):
		return nil, c.needsToken()
	case res.StatusCode != http.StatusOK:
		return nil, cannotTellBusy()
	}
	loads := readMetrics(res.Body)
	if len(loads) == 0 {
		return nil, cannotTellBusy()
	}
	return loads, nil
}

func cannotTellBusy() *backend.Error {
	return &backend.Error{
		Code:    backend.CodeUnsupported,
		Message: "This server does not tell whether it is answering someone.",
		Hint:    "llama.cpp's server tells it when it is started with --metrics or --slots, vLLM by its page /metrics.",
	}
}
