package rig

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// trapped are the calls by which something reaches a disk or gets a name there.
var trapped = []uint32{
	unix.SYS_PWRITE64, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_FTRUNCATE, unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2,
	unix.SYS_LINK, unix.SYS_LINKAT, unix.SYS_UNLINK, unix.SYS_UNLINKAT,
}

// The numbers of seccomp(2) and seccomp_unotify(2).
const (
	seccompSetFilter   = 1
	seccompNewListener = 1 << 3
	seccompAllow       = 0x7fff0000
	seccompNotify      = 0x7fc00000
	notifyReceive      = 0xc0502100
	notifySend         = 0xc0182101
	notifyContinue     = 1
	archAMD64          = 0xc000003e
)

type notice struct {
	id         uint64
	pid, flags uint32
	nr         int32
	arch       uint32
	ip         uint64
	args       [6]uint64
}

type reply struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

// Trap stands between a program and its disk: it sees every call that writes, and
// can end the program before one, or have some fail.
type Trap struct {
	listener int
	pid      int

	mu     sync.Mutex
	seen   int
	killAt int // of seen; 0 is never
	fail   syscall.Errno
	fails  int // how many calls fail yet
	killed bool
}

// shimVariable names the program that a shim is to become.
const shimVariable = "RIG_SHIM"

// Shim makes this program the shim where it was started as one: it sets the trap
// and becomes the program. A trial calls it first of all.
func Shim() {
	path := os.Getenv(shimVariable)
	if path == "" {
		return
	}
	fmt.Fprintln(os.Stderr, "error: the trap could not be set:", shim(path))
	os.Exit(97)
}

func shim(path string) error {
	runtime.LockOSThread()
	listener, err := setFilter()
	if err != nil {
		return err
	}
	if err := unix.Sendmsg(3, []byte{1}, unix.UnixRights(listener), nil, 0); err != nil {
		return err
	}
	_ = unix.Close(3)
	_ = unix.Close(listener)
	env := []string{}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, shimVariable+"=") {
			env = append(env, v)
		}
	}
	return syscall.Exec(path, append([]string{path}, os.Args[1:]...), env)
}

// setFilter has the calls of this thread, and of what it becomes, told to a
// listener.
func setFilter() (listener int, err error) {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return 0, err
	}
	n := uint8(len(trapped))
	code := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 4}, // the architecture
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: archAMD64, Jt: 0, Jf: n + 1},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the call's number
	}
	for i, nr := range trapped {
		code = append(code, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: nr, Jt: n - uint8(i)})
	}
	code = append(code, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: seccompAllow},
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: seccompNotify})
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, seccompSetFilter, seccompNewListener, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(code)
	if errno != 0 {
		return 0, errno
	}
	return int(fd), nil
}

// Trapped changes a command so that the program starts in a trap. Call the
// function that comes back with the program's process once it is started.
func Trapped(c Command) (Command, func(*Process) (*Trap, error), error) {
	self, err := os.Executable()
	if err != nil {
		return c, nil, err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return c, nil, err
	}
	there := os.NewFile(uintptr(pair[1]), "trap")
	c.Env = append(c.Env, shimVariable+"="+c.Path)
	c.Path, c.Extra = self, []*os.File{there}
	return c, func(p *Process) (*Trap, error) {
		_ = there.Close()
		defer unix.Close(pair[0])
		return receive(pair[0], p)
	}, nil
}

// receive takes the listener over that a shim sends.
func receive(from int, p *Process) (*Trap, error) {
	data, space := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(from, data, space, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return nil, err
	}
	messages, err := unix.ParseSocketControlMessage(space[:n])
	if err != nil || len(messages) == 0 {
		return nil, errors.New("the trap was not set")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return nil, err
	}
	t := &Trap{listener: fds[0], pid: p.PID()}
	go t.run()
	return t, nil
}

// run answers every call until the program has ended.
func (t *Trap) run() {
	defer unix.Close(t.listener)
	for {
		poll := []unix.PollFd{{Fd: int32(t.listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(poll, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		if poll[0].Revents&unix.POLLIN == 0 {
			if poll[0].Revents != 0 {
				return // nobody is left in the trap
			}
			continue
		}
		var n notice
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(t.listener), notifyReceive, uintptr(unsafe.Pointer(&n))); errno != 0 {
			continue // the call was interrupted, and will come again
		}
		r := reply{id: n.id}
		switch errno, kill := t.rule(n.nr); {
		case kill:
			_ = unix.Kill(t.pid, unix.SIGKILL)
			continue
		case errno != 0:
			r.errno = -int32(errno)
		default:
			r.flags = notifyContinue
		}
		_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(t.listener), notifySend, uintptr(unsafe.Pointer(&r)))
	}
}

// rule decides about the next call.
func (t *Trap) rule(nr int32) (errno syscall.Errno, kill bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen++
	if t.killAt != 0 && t.seen >= t.killAt {
		t.killed = true
		return 0, true
	}
	if removes := nr == unix.SYS_UNLINK || nr == unix.SYS_UNLINKAT; t.fails > 0 && !removes {
		t.fails--
		return t.fail, false
	}
	return 0, false
}

// KillAt ends the program right before the nth call from now on; 0 takes that back.
func (t *Trap) KillAt(nth int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.killAt = 0; nth > 0 {
		t.killAt = t.seen + nth
	}
}

// Fail lets the next calls fail that are not there to remove something; 0 of them takes that back.
func (t *Trap) Fail(with syscall.Errno, times int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fail, t.fails = with, times
}

// Killed says that the program was ended, or is just ending.
func (t *Trap) Killed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.killed
}

// Seen is how many calls there were.
func (t *Trap) Seen() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seen
}
