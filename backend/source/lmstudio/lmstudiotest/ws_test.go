package lmstudiotest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

func specifier(id string) string {
	return `{"specifier":{"type":"query","query":{"identifier":"` + id + `"}},"throwIfNotFound":false}`
}

func validList(body string) bool {
	var list struct{ Models []struct{ Key string } }
	return json.Unmarshal([]byte(body), &list) == nil && len(list.Models) > 1000
}

func TestSocketAuthentication(t *testing.T) {
	s := start(t, lmstudiotest.Options{Token: token})
	for _, base := range []string{s.URL(), s.InternalURL()} {
		dialAs(t, base, "llm", "abcdefgh", "01234567890123456789").wants(`{"success":true}`)
		wrong := dialAs(t, base, "llm", "abcdefgh", "99999999999999999999")
		wrong.wants(`"success":false`, `"error":`)
		wrong.ends()
	}
}

func TestListLoadedOverSocket(t *testing.T) {
	now := newClock()
	s := start(t, lmstudiotest.Options{Now: now.Now})
	c := dial(t, s.URL(), "llm")
	if got := c.call("listLoaded", ""); got != `{"callId":7,"result":[],"type":"rpcResult"}` {
		t.Errorf("listLoaded = %s", got)
	}
	s.LoadExplicit(gemma, 0)
	s.JIT(qwen, 90*time.Second)
	s.LoadExplicit(nomic, 0)
	type row struct {
		Type, ModelKey, Format, Identifier, InstanceReference string
		SizeBytes                                             int64
		TTLMs, LastUsedTime                                   *int64
		ContextLength, MaxContextLength                       int
	}
	var list struct{ Result []row }
	if err := json.Unmarshal([]byte(c.call("listLoaded", "")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Result) != 2 {
		t.Fatalf("listLoaded has %d rows, want the two LLMs", len(list.Result))
	}
	first, second := list.Result[0], list.Result[1]
	if first.Format != "safetensors" || first.TTLMs != nil || first.LastUsedTime != nil || first.ContextLength != 8192 || first.SizeBytes != 771933305 {
		t.Errorf("explicit load = %+v", first)
	}
	if second.Format != "gguf" || *second.TTLMs != 90_000 || *second.LastUsedTime != now.Now().UnixMilli() || second.Identifier != qwen {
		t.Errorf("JIT load = %+v", second)
	}
	if first.InstanceReference == "" || first.InstanceReference == second.InstanceReference {
		t.Error("references are not distinct")
	}
	s.Eject(gemma)
	s.LoadExplicit(gemma, 0)
	if strings.Contains(c.call("listLoaded", ""), first.InstanceReference) {
		t.Error("the reference survived a reload")
	}
	if got := dial(t, s.URL(), "embedding").call("listLoaded", ""); !strings.Contains(got, nomic) || strings.Contains(got, gemma) {
		t.Errorf("embedding/listLoaded = %s", got)
	}
	if s.Count("llm/listLoaded") != 3 || s.Count("embedding/listLoaded") != 1 {
		t.Errorf("counted %d and %d calls, want 3 and 1", s.Count("llm/listLoaded"), s.Count("embedding/listLoaded"))
	}
}

func TestSocketCalls(t *testing.T) {
	s := start(t, lmstudiotest.Options{MemoryBytes: 800_000_000})
	s.LoadExplicit(gemma, 5000)
	reference := s.Instances()[0].Reference
	byReference := `{"specifier":{"type":"instanceReference","instanceReference":"` + reference + `"}}`
	stack := `,"loadConfigStack":{"layers":[{"layerName":"apiOverride","config":{"fields":[{"key":"llm.load.contextLength","value":4000}]}}]}}`
	tests := []struct{ name, space, endpoint, parameter, want string }{
		{"a void call with a parameter", "llm", "listLoaded", `{}`, `"type":"rpcError"`},
		{"unknown call", "llm", "nothing", "", `"title":"Unknown endpoint: nothing"`},
		{"other namespace", "files", "anything", "", `"type":"rpcError"`},
		{"info by reference", "llm", "getModelInfo", byReference, `"contextLength":5000`},
		{"info of nothing", "llm", "getModelInfo", specifier("nothing"), `{"callId":7,"type":"rpcResult"}`},
		{"info that throws", "llm", "getModelInfo", strings.Replace(specifier("nothing"), "false", "true", 1), `"code":"generic.noModelMatchingQuery"`},
		{"load config", "llm", "getLoadConfig", byReference, `{"key":"llm.load.contextLength","value":5000}`},
		{"idle", "llm", "getInstanceProcessingState", specifier(gemma), `"result":{"queued":0,"status":"idle"}`},
		{"estimate that passes", "llm", "estimateModelUsage", `{"modelKey":"` + gemma + `"` + stack, `"confidence":"high","contextBytes":4096000,"contextVramBytes":4096000,"modelBytes":771933305,"modelVramBytes":771933305,"totalBytes":776029305,"totalVramBytes":776029305},"passesGuardrails":true`},
		{"estimate that does not", "llm", "estimateModelUsage", `{"modelKey":"` + third + `"` + stack, `"passesGuardrails":false`},
		{"unload of nothing", "llm", "unloadModel", `{"identifier":"nothing"}`, `"code":"generic.identifierNotFound"`},
		{"unload in the wrong namespace", "embedding", "unloadModel", `{"identifier":"` + gemma + `"}`, `"type":"rpcError"`},
		{"unload", "llm", "unloadModel", `{"identifier":"` + gemma + `"}`, `{"callId":7,"type":"rpcResult"}`},
		{"state of a stale reference", "llm", "getInstanceProcessingState", strings.Replace(byReference, "}}", `},"throwIfNotFound":true}`, 1), `generic.specificModelUnloaded`},
		{"version", "system", "version", "", `"result":{"build":1,"version":"0.4.25"}`},
		{"info", "system", "info", "", `"isDaemon":false`},
		{"downloads", "system", "listDownloadedModels", "", `"modelKey":"` + nomic + `"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := dial(t, s.URL(), tt.space).call(tt.endpoint, tt.parameter); !strings.Contains(got, tt.want) {
				t.Errorf("%s = %s\nwant %s in it", tt.endpoint, got, tt.want)
			}
		})
	}
	c := dial(t, s.URL(), "llm")
	c.send(`{"type":"keepAlive"}`)
	c.wants(`{"type":"keepAliveAck"}`)
	c.send(`no JSON`)
	c.wants(`"communicationWarning"`)

	old := dial(t, start(t, lmstudiotest.Options{Version: "0.3.26"}).URL(), "llm")
	if got := old.call("getInstanceProcessingState", specifier(gemma)); !strings.Contains(got, "Unknown endpoint") {
		t.Errorf("0.3.26 knows getInstanceProcessingState: %s", got)
	}
}

func create(endpoint, parameter string) string {
	return `{"type":"channelCreate","endpoint":"` + endpoint + `","channelId":3,"creationParameter":` + parameter + `}`
}

// lastFrame reads a channel to its last frame and gives those before it.
func lastFrame(c *socket) (before []string, last string) {
	for {
		got := c.read()
		if strings.Contains(got, `"channelClose"`) || strings.Contains(got, `"channelError"`) {
			return before, got
		}
		before = append(before, got)
	}
}

func TestLoadOverSocket(t *testing.T) {
	s := start(t, lmstudiotest.Options{Version: "0.3.30", LoadTime: 100 * time.Millisecond})
	c := dial(t, s.URL(), "llm")
	c.send(create("loadModel", `{"modelKey":"`+gemma+`","identifier":"warm","ttlMs":60000,"loadConfigStack":{"layers":[{"layerName":"apiOverride","config":{"fields":[{"key":"llm.load.contextLength","value":6000},{"key":"load.gpuSplitConfig","value":{}}]}}]}}`))
	frames, last := lastFrame(c)
	if last != `{"channelId":3,"type":"channelClose"}` {
		t.Errorf("last frame = %s", last)
	}
	n := len(frames)
	if n < 4 || !strings.Contains(frames[0], `"type":"resolved"`) || !strings.Contains(frames[1], `"type":"progress"`) || !strings.Contains(frames[n-1], `"type":"success"`) {
		t.Errorf("frames = %v", frames)
	}
	got := s.Instances()[0]
	if got.ID != "warm" || got.Context != 6000 || got.TTL != time.Minute || got.JIT {
		t.Errorf("instance = %+v", got)
	}
	s.JIT(qwen, 0)
	wantIDs(t, s, "warm "+qwen)

	s.FailLoads("Error: Engine process exited with SIGABRT")
	c.send(create("loadModel", `{"modelKey":"`+gemma+`"}`))
	if _, last := lastFrame(c); !strings.Contains(last, "SIGABRT") {
		t.Errorf("a load that fails ends with %s", last)
	}
	s.FailLoads("")
	s.SetLoadTime(patience)
	c.send(create("loadModel", `{"modelKey":"`+gemma+`"}`))
	c.wants(`"type":"resolved"`)
	c.send(`{"type":"channelSend","channelId":3,"message":{"type":"cancel"},"ackId":5}`)
	c.wants(`"ackId":5`, `"channelAck"`)
	if _, last := lastFrame(c); !strings.Contains(last, `"channelError"`) {
		t.Errorf("a canceled load ends with %s", last)
	}
	wantIDs(t, s, "warm "+qwen)
	c.send(create("nothing", `{}`))
	c.wants(`"channelError"`)
}

func TestGetOrLoadOverSocket(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	s.JIT(gemma, 0)
	c := dial(t, s.URL(), "llm")
	c.send(create("getOrLoad", `{"identifier":"`+qwen+`","loadTtlMs":5000,"loadConfigStack":{"layers":[]}}`))
	frames, _ := lastFrame(c)
	if all := strings.Join(frames, "\n"); !strings.Contains(frames[0], "unloadingOtherJITModel") || !strings.Contains(frames[0], gemma) ||
		!strings.Contains(all, `"startLoading"`) || !strings.Contains(all, `"loadSuccess"`) {
		t.Errorf("frames = %s", all)
	}
	if got := s.Instances(); len(got) != 1 || got[0].TTL != 5*time.Second || !got[0].JIT {
		t.Errorf("instances = %+v", got)
	}
	c.send(create("getOrLoad", `{"identifier":"`+qwen+`"}`))
	c.wants(`"alreadyLoaded"`)
}

func TestNoWebSocket(t *testing.T) {
	s := start(t, lmstudiotest.Options{NoWebSocket: true})
	get(t, s.URL()+"/llm", "Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==").
		is(t, 200, `{"error":"Unexpected endpoint or method. (GET /llm)"}`)
}

func TestASocketHangsToo(t *testing.T) {
	s := start(t, lmstudiotest.Options{})
	c := dial(t, s.URL(), "llm")
	s.Fault(lmstudiotest.FaultHang)
	c.send(`{"type":"rpcCall","endpoint":"listLoaded","callId":1}`)
	eventually(t, "the call arrives", func() bool { return s.Count("llm/listLoaded") == 1 })
	s.Fault(lmstudiotest.FaultNone)
	c.send(`{"type":"rpcCall","endpoint":"listLoaded","callId":2}`)
	c.wants(`"callId":2`)
}
