package machine

import (
	"path"
	"slices"
	"strings"

	"pilotlight/backend"
)

// What a program is to the models is told by its path and arguments. Names
// alone do not do: LM Studio's workers are called node, as half of a desktop
// is, and vLLM's python. The arguments are looked at and let go; they may hold
// keys.

// role says what a program is to the models, and its name for people; ok is
// false for all that is nothing to them. Both systems' paths have slashes.
func role(exe string, args []string) (name, role string, ok bool) {
	for _, r := range []func(string, []string) (string, string){lmStudioRole, runnerRole, pythonRole, ownRole} {
		if name, role := r(exe, args); role != "" {
			return name, role, true
		}
	}
	return "", "", false
}

// lmStudioRole knows LM Studio's processes: the app with its helpers, llmster
// without it, and Node workers of its own under ~/.lmstudio/.internal
// (~/.cache/lm-studio in older versions), of which the one that runs
// llmworker.js holds the models, MLX's too (lmstudio-ai/lms#502).
func lmStudioRole(exe string, args []string) (string, string) {
	worker := slices.IndexFunc(args, func(a string) bool { return path.Base(a) == "llmworker.js" })
	// Another user's program may not tell its path, but its arguments.
	if !lmStudios(exe) && !(len(args) > 0 && lmStudios(args[0])) && !(worker >= 0 && lmStudios(args[worker])) {
		return "", ""
	}
	if worker >= 0 {
		return "LM Studio worker", backend.RoleModelWorker
	}
	base := path.Base(exe)
	typed := slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--type=") })
	switch {
	case base == "llmster":
		return "llmster", backend.RoleLMStudioApp
	case typed, strings.Contains(exe, " Helper"), strings.Contains(base, "crashpad"):
		return "LM Studio Helper", backend.RoleLMStudioHelper
	case base == "LM Studio", base == "lm-studio":
		return "LM Studio", backend.RoleLMStudioApp
	case base == "lms":
		return "", "" // its command line comes and goes
	}
	return "LM Studio " + base, backend.RoleLMStudioHelper
}

// lmStudios says that a path lies in one of LM Studio's folders: its home, its
// app on macOS, its AppImage's mount or package on Linux.
func lmStudios(p string) bool {
	for _, folder := range []string{"/.lmstudio/", "/.cache/lm-studio/", "/LM Studio.app/", "/opt/LM Studio/", "/.mount_LM-Stu", "/.mount_LM_Stu"} {
		if strings.Contains(p, folder) {
			return true
		}
	}
	return false
}

// runnerRole knows the servers of llama.cpp and Ollama. Ollama's runners are
// itself, told apart by the first argument; older ones are a program of their own.
func runnerRole(exe string, args []string) (string, string) {
	switch base := path.Base(exe); {
	case base == "llama-server":
		return "llama-server", backend.RoleModelWorker
	case base == "ollama_llama_server", base == "ollama" && len(args) > 1 && args[1] == "runner":
		return "Ollama runner", backend.RoleModelWorker
	case base == "ollama" && len(args) > 1 && args[1] == "serve":
		return "Ollama", backend.RoleModelServer
	}
	return "", ""
}

// pythonRole knows servers that Python runs. vLLM names its processes itself:
// the engine and its workers hold the weights, the API server does not.
func pythonRole(exe string, args []string) (string, string) {
	if !strings.HasPrefix(path.Base(exe), "python") {
		return "", ""
	}
	if len(args) > 0 && strings.HasPrefix(args[0], "VLLM::") {
		title, _, _ := strings.Cut(strings.TrimPrefix(args[0], "VLLM::"), " ")
		return "vLLM " + clip(title, 32), backend.RoleModelWorker
	}
	switch module, script := pythonRuns(args); {
	case script == "vllm", module == "vllm", strings.HasPrefix(module, "vllm."):
		return "vLLM", backend.RoleModelServer
	case script == "mlx_lm.server", strings.HasPrefix(module, "mlx_lm"):
		return "mlx_lm", backend.RoleModelWorker
	}
	return "", ""
}

// pythonRuns is the module behind -m, or else the name of the script; the
// arguments after it are the program's own.
func pythonRuns(args []string) (module, script string) {
	for i, a := range args {
		switch {
		case i == 0:
		case a == "-m" && i+1 < len(args):
			return args[i+1], ""
		case !strings.HasPrefix(a, "-"):
			return "", path.Base(a)
		}
	}
	return "", ""
}

// ownRole knows ourselves and OpenClaw's gateway, a Node program that names its
// process openclaw-gateway where the system lets it (openclaw/openclaw#112854),
// and else shows as node .../openclaw/dist/index.js gateway (#94476). The
// process "openclaw" beside it only waits for it.
func ownRole(exe string, args []string) (string, string) {
	switch path.Base(exe) {
	case "pilotlight-window":
		return "Pilotlight window", backend.RolePilotlightWindow
	case "node", "bun":
	default:
		return "", ""
	}
	if len(args) > 0 && strings.HasPrefix(path.Base(args[0]), "openclaw-gateway") {
		return "OpenClaw gateway", backend.RoleOpenClawGateway
	}
	script := slices.IndexFunc(args, func(a string) bool {
		return path.Base(a) == "openclaw" || path.Base(a) == "openclaw.mjs" || strings.Contains(a, "/openclaw/dist/")
	})
	if script >= 0 && slices.Contains(args[script:], "gateway") {
		return "OpenClaw gateway", backend.RoleOpenClawGateway
	}
	return "", ""
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
