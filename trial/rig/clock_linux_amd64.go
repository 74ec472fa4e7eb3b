package rig

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// Clock moves the wall clock of a running program, and of it alone. Go reads the
// time by a function that the kernel lays into every program (vdso(7)), past any
// library that could be put before it. That page is the program's own once it is
// written to: the function is led to one that asks the kernel and adds an offset.
// The monotonic clock goes on as it does in life.
type Clock struct {
	memory *os.File
	offset int64 // where the offset stands
}

// detour asks the kernel for the time and adds the eight bytes at its end, in
// seconds, to that of the wall:
//
//	mov eax, 228 (clock_gettime); syscall; test edi, edi; jnz end
//	mov rcx, [rip+6]; add [rsi], rcx
//	end: ret; nop; nop
var detour = []byte{
	0xb8, 228, 0, 0, 0, 0x0f, 0x05, 0x85, 0xff, 0x75, 10, 0x48, 0x8b, 0x0d, 6, 0, 0, 0, 0x48, 0x01, 0x0e, 0xc3, 0x90, 0x90,
	0, 0, 0, 0, 0, 0, 0, 0,
}

// TakeClock takes a program's clock over; the program must be stopped (SIGSTOP)
// meanwhile.
func TakeClock(pid int) (*Clock, error) {
	from, to, err := vdso(pid)
	if err != nil {
		return nil, err
	}
	memory, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	c := &Clock{memory: memory}
	if err := c.divert(from, to); err != nil {
		_ = memory.Close()
		return nil, fmt.Errorf("take the clock: %w", err)
	}
	return c, nil
}

func (c *Clock) divert(from, to int64) error {
	image := make([]byte, to-from)
	if _, err := c.memory.ReadAt(image, from); err != nil {
		return err
	}
	entry, err := clockGettime(image)
	if err != nil {
		return err
	}
	// The tail of the last page is empty.
	cave := int64(len(image) - 64)
	if len(bytes.Trim(image[cave:], "\x00")) != 0 {
		return errors.New("the vDSO has no room")
	}
	c.offset = from + cave + int64(len(detour)) - 8
	if _, err := c.memory.WriteAt(detour, from+cave); err != nil {
		return err
	}
	jump := binary.LittleEndian.AppendUint32([]byte{0xe9}, uint32(cave-(entry+5)))
	_, err = c.memory.WriteAt(jump, from+entry)
	return err
}

// clockGettime is where in a vDSO the function begins.
func clockGettime(image []byte) (int64, error) {
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return 0, err
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return 0, err
	}
	for _, s := range symbols {
		if s.Name == "__vdso_clock_gettime" {
			return int64(s.Value), nil
		}
	}
	return 0, errors.New("the vDSO has no clock_gettime")
}

// vdso is where a program has its vDSO.
func vdso(pid int) (from, to int64, err error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, "[vdso]") {
			_, err = fmt.Sscanf(line, "%x-%x", &from, &to)
			return from, to, err
		}
	}
	return 0, 0, errors.New("the program has no vDSO")
}

// Move sets by how much the program's clock is ahead, in whole seconds.
func (c *Clock) Move(ahead time.Duration) error {
	_, err := c.memory.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(int64(ahead/time.Second))), c.offset)
	return err
}

// Close lets go; the clock stays as it is.
func (c *Clock) Close() { _ = c.memory.Close() }
