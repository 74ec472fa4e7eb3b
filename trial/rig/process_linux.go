package rig

import "syscall"

// dieWithUs has the system end a program when this one ends, however it ends.
func dieWithUs(attr *syscall.SysProcAttr) *syscall.SysProcAttr {
	if attr == nil {
		attr = &syscall.SysProcAttr{}
	}
	attr.Pdeathsig = syscall.SIGKILL
	return attr
}
