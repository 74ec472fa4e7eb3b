package lmstudiotest_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

func TestRouting(t *testing.T) {
	s := start(t, lmstudiotest.Options{NoJIT: true})
	url := s.URL() + "/v1/chat/completions"
	post(t, url, chat(qwen)).is(t, 400, `{"error":{"code":null,"message":"No models loaded. Please load a model in the developer page or use the 'lms load' command.","param":"model","type":"invalid_request_error"}}`)
	s.LoadExplicit(qwen, 4096)
	s.LoadExplicit(nomic, 0)
	for asked, want := range map[string]string{qwen: qwen, "QWEN/Qwen3-0.6B": qwen, "nobody/nothing": qwen, gemma: qwen} {
		if got := answeredBy(t, s, asked); got != want {
			t.Errorf("%s was answered by %s, want %s", asked, got, want)
		}
	}
	s.LoadExplicit(qwen, 16384)
	for asked, want := range map[string]string{qwen: qwen, qwen + ":2": qwen + ":2"} {
		if got := answeredBy(t, s, asked); got != want {
			t.Errorf("%s was answered by %s, want %s", asked, got, want)
		}
	}
	const several = `{"error":{"message":"Multiple models are loaded. Please specify a model by providing a 'model' field.","type":"invalid_request_error","code":"model_not_found","param":"model"}}`
	for _, asked := range []string{"nobody/nothing", strings.ToUpper(qwen) + ":2", ""} {
		post(t, url, chat(asked)).is(t, 400, several)
	}
	post(t, s.URL()+"/api/v1/chat", `{"model":"nobody/nothing","input":"x"}`).has(t, 404, "model_not_found")
	post(t, s.URL()+"/api/v1/chat", `{"model":"`+qwen+`","input":"x","ttl":5}`).has(t, 400, "unrecognized_keys")
	post(t, s.URL()+"/api/v1/chat", `{"model":"`+qwen+`","input":"x"}`).has(t, 200, `"model_instance_id":"qwen/qwen3-0.6b"`)
	post(t, s.URL()+"/v1/embeddings", `{"model":"`+nomic+`","input":"x"}`).has(t, 200, `"total_tokens":0`)
	post(t, url, chat(qwen), "Content-Type", "multipart/form-data; boundary=x").has(t, 415)
	post(t, url, strings.Replace(chat(qwen), "{", `{"stream":true,"stream_options":{"include_usage":true},`, 1)).has(t, 200, `"content":"Hello "`, `"choices":[],`, "data: [DONE]")
	post(t, s.URL()+"/api/v0/chat/completions", chat(qwen)).has(t, 200, `"model_info":{"arch":"qwen3","context_length":4096,`)

	old := start(t, lmstudiotest.Options{Version: "0.3.30", NoJIT: true})
	post(t, old.URL()+"/v1/chat/completions", chat(qwen)).has(t, 404, `"code":"model_not_found"`)
}

func TestIdleTime(t *testing.T) {
	now := newClock()
	s := start(t, lmstudiotest.Options{Now: now.Now, JITTTL: 10 * time.Minute, NoAutoEvict: true, RemainingTTL: true})
	withTTL := func(model, ttl string) {
		post(t, s.URL()+"/v1/chat/completions", strings.Replace(chat(model), "{", `{"ttl":`+ttl+`,`, 1)).has(t, 200)
	}
	s.LoadExplicit(nomic, 0)
	withTTL(qwen, "60")
	withTTL(gemma, `"abc"`) // ignored
	withTTL(third, "-5")    // ignored
	get(t, s.URL()+"/api/v1/models").has(t, 200, `"remaining_ttl_seconds":60`, `"remaining_ttl_seconds":600`)
	now.add(59 * time.Second)
	withTTL(qwen, "7200") // a TTL has no effect once loaded; the use has
	now.add(59 * time.Second)
	get(t, s.URL()+"/api/v1/models").has(t, 200, `"remaining_ttl_seconds":1`)
	wantIDs(t, s, strings.Join([]string{nomic, qwen, gemma, third}, " "))
	now.add(time.Second)
	wantIDs(t, s, strings.Join([]string{nomic, gemma, third}, " "))
	s.SetBusy(gemma, true)
	now.add(time.Hour)
	wantIDs(t, s, nomic+" "+gemma)
	s.SetBusy(gemma, false)
	now.add(10*time.Minute - time.Second)
	wantIDs(t, s, nomic+" "+gemma)
	now.add(time.Second)
	wantIDs(t, s, nomic)
	now.add(1000 * time.Hour)
	wantIDs(t, s, nomic)
}

func TestAutoEvictSparesExplicitLoads(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	s.LoadExplicit(gemma, 0)
	s.JIT(qwen, 0)
	if got := answeredBy(t, s, third); got != third {
		t.Errorf("answered by %s", got)
	}
	wantIDs(t, s, gemma+" "+third)
	if s.JIT(third, time.Second) != third {
		t.Error("a loaded model was loaded again by a request")
	}
	wantIDs(t, s, gemma+" "+third)
}

func TestEvictionCutsAnAnswer(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	s.SetAnswerTime(patience)
	s.JIT(qwen, 0)
	cut := make(chan answer, 1)
	go func() {
		got, _ := try(t.Context(), http.MethodPost, s.URL()+"/v1/chat/completions", chat(qwen))
		cut <- got
	}()
	eventually(t, "the model is busy", func() bool { return s.Instances()[0].Busy })
	s.JIT(gemma, 0)
	(<-cut).is(t, 400, `{"error":"Model is unloaded."}`)
	wantIDs(t, s, gemma)
}

func TestRacingRequestsLoadTwice(t *testing.T) {
	t.Parallel()
	s := start(t, lmstudiotest.Options{LoadTime: time.Second})
	answers := make(chan answer, 2)
	for range 2 {
		go func() {
			got, _ := try(t.Context(), http.MethodPost, s.URL()+"/v1/chat/completions", chat(qwen))
			answers <- got
		}()
	}
	for range 2 {
		(<-answers).has(t, 200)
	}
	both := strings.Fields(ids(s)) // in whatever order they were done
	slices.Sort(both)
	if want := []string{qwen, qwen + ":2"}; !slices.Equal(both, want) {
		t.Errorf("instances = %v, want %v", both, want)
	}
}

func TestARequestWaitsForABusyInstance(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	s.LoadExplicit(qwen, 0)
	s.SetBusy(qwen, true)
	answered := make(chan answer, 1)
	go func() {
		got, _ := try(t.Context(), http.MethodPost, s.URL()+"/v1/chat/completions", chat(qwen))
		answered <- got
	}()
	c := dial(t, s.URL(), "llm")
	eventually(t, "the request is queued", func() bool {
		return strings.Contains(c.call("getInstanceProcessingState", specifier(qwen)), `"queued":2,"status":"generating"`)
	})
	select {
	case got := <-answered:
		t.Fatalf("answered while busy: %v", got)
	default:
	}
	s.SetBusy(qwen, false)
	(<-answered).has(t, 200)
	if s.Instances()[0].Busy {
		t.Error("still busy after the answer")
	}
}

func TestCrash(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	s.LoadExplicit(qwen, 0)
	s.LoadExplicit(gemma, 0)
	s.Crash(qwen, true)
	s.Crash(gemma, false)
	wantIDs(t, s, qwen)
	get(t, s.URL()+"/api/v1/models").has(t, 200, `"loaded_instances":[{"id":"qwen/qwen3-0.6b"`)
	post(t, s.URL()+"/v1/chat/completions", chat(qwen)).is(t, 400, `{"error":"The model has crashed without additional information. (Exit code: null)"}`)
	post(t, s.URL()+"/api/v1/models/unload", `{"instance_id":"`+qwen+`"}`).has(t, 200)
	wantIDs(t, s, "")
}

func refused(t *testing.T, url string) {
	t.Helper()
	_, err := try(t.Context(), http.MethodGet, url+"/lmstudio-greeting", "")
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%s: %v, want a refusal", url, err)
	}
}

func TestServerOffAppOn(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	s.LoadExplicit(qwen, 0)
	url := s.URL()
	if err := s.StopServer(); err != nil {
		t.Fatal(err)
	}
	refused(t, url)
	get(t, s.InternalURL()+"/lms-status").has(t, 200)
	if got := dial(t, s.InternalURL(), "llm").call("listLoaded", ""); !strings.Contains(got, qwen) {
		t.Errorf("listLoaded = %s, want %s in it", got, qwen)
	}
	if err := s.StartServer(); err != nil {
		t.Fatal(err)
	}
	if s.URL() != url {
		t.Errorf("URL = %s, want %s as before", s.URL(), url)
	}
	get(t, url+"/api/v1/models").has(t, 200, `"id":"qwen/qwen3-0.6b"`)
}

func TestQuitApp(t *testing.T) {
	s := start(t, lmstudiotest.Options{LoadTime: patience})
	s.LoadExplicit(qwen, 0)
	url, internal := s.URL(), s.InternalURL()
	cut := make(chan error, 1)
	go func() {
		_, err := try(t.Context(), http.MethodPost, url+"/api/v1/models/load", `{"model":"`+gemma+`"}`)
		cut <- err
	}()
	eventually(t, "a load is under way", func() bool { return stateV0(t, s, gemma) == "loading" })
	alive := dial(t, internal, "system")
	alive.send(`{"type":"channelCreate","endpoint":"alive","channelId":1}`)
	if err := s.QuitApp(); err != nil {
		t.Fatal(err)
	}
	if err := <-cut; err == nil {
		t.Error("the load was answered")
	}
	alive.ends()
	refused(t, url)
	refused(t, internal)
	if err := s.StartServer(); err == nil {
		t.Error("the server was started without the app")
	}
	if err := s.StartApp(); err != nil {
		t.Fatal(err)
	}
	get(t, internal+"/lms-status").has(t, 200)
	get(t, url+"/api/v1/models").has(t, 200)
	wantIDs(t, s, "")
}

func TestFaults(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	url := s.URL() + "/api/v1/models"
	for _, fault := range []lmstudiotest.Fault{lmstudiotest.FaultHang, lmstudiotest.FaultHalf} {
		s.Fault(fault)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		if got, err := try(ctx, http.MethodGet, url, ""); err == nil {
			t.Errorf("%s: answered %v", fault, got)
		}
		cancel()
	}
	s.Fault(lmstudiotest.FaultHTML)
	get(t, s.URL()+"/lmstudio-greeting").has(t, 200, "<html>")
	s.Fault(lmstudiotest.FaultHuge)
	if got := get(t, url); len(got.body) < 10<<20 || !validList(got.body) {
		t.Errorf("huge: %d bytes, want 10 MB of JSON", len(got.body))
	}
	s.Fault(lmstudiotest.FaultDeep)
	get(t, url).has(t, 200, `{"models":[[[[`)
	s.Fault(lmstudiotest.FaultWrongTypes)
	get(t, url).has(t, 200, `"max_context_length":"long"`)
	s.Fault(lmstudiotest.FaultModelsObject)
	get(t, url).has(t, 200, `{"models":{`)
	s.Fault(lmstudiotest.FaultErrorString)
	get(t, url).has(t, 200, `{"error":"`)
	s.Fault(lmstudiotest.FaultErrorObject)
	get(t, url).has(t, 500, `{"error":{`)
	s.FaultOn(lmstudiotest.FaultErrorObject, "/api/v0/")
	get(t, url).has(t, 200, `"models":[`)
	get(t, s.URL()+"/api/v0/models").has(t, 500)
	s.Fault(lmstudiotest.FaultFlapping)
	var up, down int
	for range 10 {
		if _, err := try(t.Context(), http.MethodGet, s.URL()+"/lmstudio-greeting", "", "X", "y"); err == nil {
			up++
		} else {
			down++
		}
	}
	if up == 0 || down == 0 {
		t.Errorf("flapping: %d answers, %d resets; want some of both", up, down)
	}
	s.Fault(lmstudiotest.FaultNone)
	get(t, url).has(t, 200, `"models":[`)
}
