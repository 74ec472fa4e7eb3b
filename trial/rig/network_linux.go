package rig

import (
	"fmt"
	"net"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Network is a network of its own, with a loopback that can be cut. What runs in
// it reaches nothing else but by a listener that is in it.
type Network struct{ jobs chan func() }

// NewNetwork makes one. It fails where this user may not.
func NewNetwork() (*Network, error) {
	n := &Network{jobs: make(chan func())}
	began := make(chan error, 1)
	go func() {
		// The thread goes back to the network it came from: if it ended instead, so
		// would every program that it ever started (see dieWithUs).
		runtime.LockOSThread()
		home, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			defer unix.Close(home)
			err = unix.Unshare(unix.CLONE_NEWNET)
		}
		if err != nil {
			runtime.UnlockOSThread()
			began <- err
			return
		}
		began <- setLoopback(true)
		for job := range n.jobs {
			job()
		}
		if unix.Setns(home, unix.CLONE_NEWNET) == nil {
			runtime.UnlockOSThread()
		}
	}()
	if err := <-began; err != nil {
		return nil, fmt.Errorf("make a network: %w", err)
	}
	return n, nil
}

// Do runs f inside the network; programs that it starts stay there.
func (n *Network) Do(f func() error) {
	done := make(chan struct{})
	n.jobs <- func() { defer close(done); _ = f() }
	<-done
}

// Listen listens inside the network.
func (n *Network) Listen(addr string) (l net.Listener, err error) {
	n.Do(func() error { l, err = net.Listen("tcp", addr); return err })
	return l, err
}

// Cut takes the network down, or up again.
func (n *Network) Cut(down bool) (err error) {
	n.Do(func() error { err = setLoopback(!down); return err })
	return err
}

// Close lets the network go. Nothing may run in it any more.
func (n *Network) Close() { close(n.jobs) }

// setLoopback switches lo of the thread's network (netdevice(7), SIOCSIFFLAGS).
func setLoopback(up bool) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var request struct {
		name  [unix.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:], "lo")
	if up {
		request.flags = unix.IFF_UP | unix.IFF_RUNNING
	}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request)))
	if errno != 0 {
		return errno
	}
	return nil
}
