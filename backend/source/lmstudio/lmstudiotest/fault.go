package lmstudiotest

import (
	"fmt"
	"net/http"
	"strings"
)

// Fault is a way for answers to go wrong.
type Fault string

// The faults. Each takes the place of the real answer.
const (
	FaultNone         Fault = ""
	FaultHang         Fault = "hang"          // no answer, for ever; WebSocket calls too
	FaultHalf         Fault = "half"          // the connection ends amid the body
	FaultHTML         Fault = "html"          // another program's page, status 200
	FaultHuge         Fault = "huge"          // 10 MB of a valid list
	FaultDeep         Fault = "deep"          // a list nested 100,000 levels
	FaultWrongTypes   Fault = "wrong_types"   // strings where numbers belong, numbers where strings do
	FaultModelsObject Fault = "models_object" // the list is an object
	FaultErrorString  Fault = "error_string"  // {"error":"…"}, status 200
	FaultErrorObject  Fault = "error_object"  // {"error":{…}}, status 500
	FaultFlapping     Fault = "flapping"      // every other connection is accepted and reset
)

// Fault makes every HTTP answer go wrong from now on, on both ports;
// FaultNone ends it. Answers that hang already go on hanging.
func (s *Server) Fault(f Fault) { s.FaultOn(f, "") }

// FaultOn is Fault for the routes that begin with prefix alone, "/api/" for
// example. FaultFlapping happens before there is a route and always hits all.
func (s *Server) FaultOn(f Fault, prefix string) {
	s.set(func() { s.fault, s.faultPath = f, prefix })
	if f == FaultFlapping {
		s.public.cutAll()
		s.internal.cutAll()
	}
}

func (s *Server) flapping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault == FaultFlapping
}

func (s *Server) faultFor(path string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.HasPrefix(path, s.faultPath) {
		return FaultNone
	}
	return s.fault
}

// The sizes of the faults that are too much.
const (
	hugeBytes = 10 << 20
	deepLevel = 100_000
)

// spoil answers wrongly and reports whether it did.
func (s *Server) spoil(w http.ResponseWriter, r *http.Request) bool {
	switch f := s.faultFor(r.URL.Path); f {
	case FaultNone:
		return false
	case FaultFlapping:
		w.Header().Set("Connection", "close") // so that the next request meets the listener
		return false
	case FaultHang:
		<-r.Context().Done()
	case FaultHalf:
		half(w)
	case FaultHTML:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><html><head><title>Router</title></head><body><h1>It works</h1></body></html>")
	case FaultErrorString:
		writeJSON(w, http.StatusOK, stringError("Something went wrong while answering this request."))
	case FaultErrorObject:
		writeJSON(w, http.StatusInternalServerError, objectError{Message: "An unexpected error occurred.", Type: "internal_error"}.body())
	default:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		writeOddList(w, f)
	}
	return true
}

// half promises more than it sends.
func half(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", "4096")
	fmt.Fprint(w, `{"models":[{"type":"llm","publisher":"qwen","key":"qwen/qwen3-4b","loaded_insta`)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// writeOddList writes a list that serves as v1's ("models") and as v0's and
// OpenAI's ("data") at once.
func writeOddList(w http.ResponseWriter, f Fault) {
	switch f {
	case FaultHuge:
		fmt.Fprint(w, `{"object":"list","data":[],"models":[`)
		const row = `{"type":"llm","publisher":"p","key":"p/model-%06d","display_name":"Model","quantization":{"name":"Q4_K_M","bits_per_weight":4},` +
			`"size_bytes":1000,"params_string":"1B","loaded_instances":[],"max_context_length":4096,"format":"gguf"}`
		for written, n := 0, 0; written < hugeBytes; n++ {
			if n > 0 {
				fmt.Fprint(w, ",")
			}
			wrote, err := fmt.Fprintf(w, row, n)
			if err != nil {
				return
			}
			written += wrote + 1
		}
		fmt.Fprint(w, `]}`)
	case FaultDeep:
		fmt.Fprintf(w, `{"models":%s%s}`, strings.Repeat("[", deepLevel), strings.Repeat("]", deepLevel))
	case FaultWrongTypes:
		fmt.Fprint(w, `{"object":7,"models":[{"type":3,"key":["x"],"size_bytes":"many","max_context_length":"long",`+
			`"quantization":"4bit","loaded_instances":{"id":1,"config":[]}}],"data":[{"id":9,"state":false,"max_context_length":"long"}]}`)
	case FaultModelsObject:
		fmt.Fprint(w, `{"models":{"qwen/qwen3-4b":{"type":"llm"}},"data":{"qwen/qwen3-4b":{"state":"loaded"}}}`)
	}
}
