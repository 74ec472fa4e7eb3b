package backend

import "io/fs"

// Platform is what one look at this machine found of all that Pilotlight needs
// from it. It holds what was seen; what to think of it is for a rule. A nil
// pointer is what does not apply to this system or could not be known.
type Platform struct {
	OS      string // as runtime.GOOS
	Arch    string // as runtime.GOARCH
	Version string // of the program that looked

	State   StateFolder
	Socket  AgentSocket
	Port    DashboardPort
	Window  WindowProgram
	Login   LoginItem
	Desktop *Desktop // Linux alone
	Memory  MemoryProbe
	Sysctls []Sysctl // macOS alone
	GPU     GPUProbe
	Server  ServerProbe
}

// StateFolder is Pilotlight's own folder.
type StateFolder struct {
	Path   string
	Exists bool
	Mode   fs.FileMode // the permissions
	Open   []string    // names of files inside that others can read
	Err    error       // why nothing can be written there
}

// AgentSocket is where the agent answers on this machine.
type AgentSocket struct {
	Path    string
	Max     int // longest path that fits a socket address, in bytes
	Exists  bool
	Version string // of the agent that answered, "" where none did
	Err     error  // why none answered
}

// DashboardPort is the address of the dashboard.
type DashboardPort struct {
	Addr string
	Ours bool  // a Pilotlight answers there
	Err  error // why a Pilotlight could not listen there
}

// WindowProgram is the program that shows the dashboard in a window.
type WindowProgram struct {
	Path    string // "" where it is not installed
	Version string
	Err     error // why it does not run
}

// LoginItem is how Pilotlight starts at login.
type LoginItem struct {
	Path    string
	Enabled bool
	Foreign bool   // somebody else's file lies in its place
	Program string // what it starts
	Missing bool   // that is not there
	Err     error
}

// Desktop is what the tray and the window need of a Linux desktop.
type Desktop struct {
	Display  string // "" for none
	BusErr   error  // why there is no session bus to talk to
	TrayHost bool   // a panel that shows icons
	Icon     *bool  // the running agent's icon is there; nil: no agent, or it cannot be known
	Notices  bool   // a service that shows notifications
}

// MemoryProbe is a try to read the memory.
type MemoryProbe struct {
	Memory *Memory
	Err    error
}

// Sysctl is a value of the macOS kernel. Value is nil where it has none.
type Sysctl struct {
	Name  string
	Value *uint64
	Err   error
}

// GPUProbe says which way to the GPU there is, without asking it anything.
type GPUProbe struct {
	Source string // "nvml", "ioreg"; "" for none
	Card   bool   // the system lists a card of a kind that could be read
	Err    error  // why there is no way to it
}

// ServerProbe is where LM Studio was found.
type ServerProbe struct {
	URL    string
	Folder string // of LM Studio's own files; "" where there is none
	Err    error
}
