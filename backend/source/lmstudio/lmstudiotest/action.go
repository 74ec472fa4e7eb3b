package lmstudiotest

import (
	"fmt"
	"time"
)

// Action is one scripting method as data, for programs that script a fake in
// another process. Do names the method; the other fields are its arguments and
// are ignored by methods that do not take them.
type Action struct {
	Do         string         `json:"do"`
	ID         string         `json:"id"`
	Key        string         `json:"key"`
	Context    int            `json:"context"` // tokens
	TTLSeconds float64        `json:"ttl_seconds"`
	Seconds    float64        `json:"seconds"`
	Bytes      int64          `json:"bytes"`
	StayListed bool           `json:"stay_listed"`
	Busy       bool           `json:"busy"`
	Token      string         `json:"token"`
	Message    string         `json:"message"`
	Fault      Fault          `json:"fault"`
	Prefix     string         `json:"prefix"`
	Inference  InferenceFault `json:"inference"`
}

// Do performs an action. It returns the id of the instance that came of it, ""
// for actions that make none, and an error where the methods would panic.
func (s *Server) Do(a Action) (id string, err error) {
	switch a.Do {
	case "load_explicit":
		return s.loadNow(a.Key, a.Context)
	case "jit":
		return s.jitNow(a.Key, seconds(a.TTLSeconds))
	case "eject":
		return "", s.with(a.ID, func(i *instance) { s.remove(i) })
	case "crash":
		return "", s.crash(a.ID, a.StayListed)
	case "set_busy":
		return "", s.setBusy(a.ID, a.Busy)
	case "use":
		return "", s.use(a.ID)
	case "stop_server":
		return "", s.StopServer()
	case "start_server":
		return "", s.StartServer()
	case "quit_app":
		return "", s.QuitApp()
	case "start_app":
		return "", s.StartApp()
	}
	return "", s.doSetting(a)
}

func (s *Server) doSetting(a Action) error {
	switch a.Do {
	case "set_token":
		s.SetToken(a.Token)
	case "set_memory":
		s.SetMemory(a.Bytes)
	case "set_load_time":
		s.SetLoadTime(seconds(a.Seconds))
	case "set_answer_time":
		s.SetAnswerTime(seconds(a.Seconds))
	case "override_context":
		s.OverrideContext(a.Context)
	case "fail_loads":
		s.FailLoads(a.Message)
	case "fault":
		if !known(a.Fault) {
			return fmt.Errorf("unknown fault %q", a.Fault)
		}
		s.FaultOn(a.Fault, a.Prefix)
	case "fail_inference":
		if !a.Inference.known() {
			return fmt.Errorf("unknown inference fault %q", a.Inference)
		}
		s.FailInference(a.Inference)
	case "reset_requests":
		s.ResetRequests()
	default:
		return fmt.Errorf("unknown action %q", a.Do)
	}
	return nil
}

func known(f Fault) bool {
	switch f {
	case FaultNone, FaultHang, FaultHalf, FaultHTML, FaultHuge, FaultDeep, FaultWrongTypes,
		FaultModelsObject, FaultErrorString, FaultErrorObject, FaultFlapping:
		return true
	}
	return false
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
