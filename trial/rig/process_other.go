//go:build !linux

package rig

import "syscall"

func dieWithUs(attr *syscall.SysProcAttr) *syscall.SysProcAttr { return attr }
