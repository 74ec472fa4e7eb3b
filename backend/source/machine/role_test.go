package machine

import (
	"strings"
	"testing"

	"pilotlight/backend"
)

func TestRoles(t *testing.T) {
	const home = "/Users/ann/.lmstudio/"
	for _, tc := range []struct {
		exe, args  string // args separated by |
		name, role string
	}{
		{home + ".internal/utils/node", "node|" + home + "llmster/0.0.3/.bundle/lib/llmworker.js|--x", "LM Studio worker", backend.RoleModelWorker},
		{"/home/ann/.cache/lm-studio/.internal/utils/node", "/home/ann/.cache/lm-studio/.internal/utils/node|/tmp/.mount_LM-StuAbC/resources/app/.webpack/lib/llmworker.js", "LM Studio worker", backend.RoleModelWorker},
		{"node", "node|/home/bob/.lmstudio/x/lib/llmworker.js", "LM Studio worker", backend.RoleModelWorker}, // somebody else's
		{home + ".internal/utils/node", "node|" + home + "lib/systemresourcesworker.js", "LM Studio node", backend.RoleLMStudioHelper},
		{home + "bin/lms", "lms|ps", "", ""},
		{home + "llmster/0.0.3/llmster", "llmster", "llmster", backend.RoleLMStudioApp},
		{"/Applications/LM Studio.app/Contents/MacOS/LM Studio", "/Applications/LM Studio.app/Contents/MacOS/LM Studio", "LM Studio", backend.RoleLMStudioApp},
		{"/Applications/LM Studio.app/Contents/Frameworks/LM Studio Helper (GPU).app/Contents/MacOS/LM Studio Helper (GPU)", "LM Studio Helper (GPU)|--type=gpu-process", "LM Studio Helper", backend.RoleLMStudioHelper},
		{"/tmp/.mount_LM-StuAbC/lm-studio", "/tmp/.mount_LM-StuAbC/lm-studio|--no-sandbox", "LM Studio", backend.RoleLMStudioApp},
		{"/tmp/.mount_LM-StuAbC/lm-studio", "/tmp/.mount_LM-StuAbC/lm-studio|--type=renderer", "LM Studio Helper", backend.RoleLMStudioHelper},
		{"/usr/bin/node", "node|/home/ann/project/llmworker.js", "", ""}, // somebody's own program
		{"/usr/local/bin/llama-server", "llama-server|-m|x.gguf|--api-key|secret", "llama-server", backend.RoleModelWorker},
		{"/usr/local/bin/ollama", "/usr/local/bin/ollama|serve", "Ollama", backend.RoleModelServer},
		{"/usr/local/bin/ollama", "/usr/local/bin/ollama|runner|--ollama-engine|--model|x", "Ollama runner", backend.RoleModelWorker},
		{"/usr/local/bin/ollama", "ollama|run|llama3", "", ""},
		{"/usr/bin/python3.12", "python3|/home/ann/venv/bin/vllm|serve|Qwen/Qwen3", "vLLM", backend.RoleModelServer},
		{"/usr/bin/python3.12", "python3|-m|vllm.entrypoints.openai.api_server", "vLLM", backend.RoleModelServer},
		{"/usr/bin/python3.12", "VLLM::EngineCore", "vLLM EngineCore", backend.RoleModelWorker},
		{"/usr/bin/python3.12", "VLLM::Worker_TP0", "vLLM Worker_TP0", backend.RoleModelWorker},
		{"/usr/bin/python3.12", "python3|-u|/home/ann/venv/bin/vllm|serve|x", "vLLM", backend.RoleModelServer},
		{"/usr/bin/python3.12", "python3|train.py|-m|vllm", "", ""},
		{"/usr/bin/python3.12", "python3|-m", "", ""},
		{"/opt/homebrew/bin/python3.12", "python|-m|mlx_lm.server|--model|x", "mlx_lm", backend.RoleModelWorker},
		{"/usr/bin/node", "openclaw-gateway", "OpenClaw gateway", backend.RoleOpenClawGateway},
		{"/usr/bin/node", "openclaw", "", ""},
		{"/opt/homebrew/opt/node/bin/node", "/opt/homebrew/opt/node/bin/node|/Users/ann/openclaw/dist/index.js|gateway|--port|18789", "OpenClaw gateway", backend.RoleOpenClawGateway},
		{"/usr/bin/node", "node|/usr/lib/node_modules/openclaw/openclaw.mjs|gateway|run", "OpenClaw gateway", backend.RoleOpenClawGateway},
		{"/usr/bin/node", "node|/usr/lib/node_modules/openclaw/openclaw.mjs|status", "", ""},
		{"/usr/bin/socat", "socat|-lpopenclaw|gateway", "", ""},
		{"/usr/lib/pilotlight/pilotlight-window", "pilotlight-window", "Pilotlight window", backend.RolePilotlightWindow},
		{"/usr/bin/bash", "bash", "", ""},
		{"", "", "", ""},
	} {
		name, role, ok := role(tc.exe, strings.Split(tc.args, "|"))
		if name != tc.name || role != tc.role || ok != (tc.role != "") {
			t.Errorf("%s (%s): %q %q %v, want %q %q", tc.exe, tc.args, name, role, ok, tc.name, tc.role)
		}
	}
	if _, _, ok := role("/usr/bin/python3", nil); ok {
		t.Error("a program without arguments")
	}
}
