package main

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/machine"
)

const (
	samplesTaken  = 1000
	searchesTaken = 50
)

// machineSamples measures what reading this machine costs in processor time:
// everything but the search of the process table, which is made twice a minute
// at most, and then that.
func (b *bench) machineSamples() error {
	s := machine.New(machine.Options{Now: time.Now})
	defer s.Close()
	all := backend.Want{Memory: true, GPUs: true, Processes: true}
	first, err := s.Sample(context.Background(), all) // finds libraries and processes
	if err != nil {
		return fmt.Errorf("read the machine: %w", err)
	}
	sample, err := cost(s, all, samplesTaken)
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("a sample of the machine, CPU (median of %d)", samplesTaken), sample, "%.3f", 1, "ms")
	b.note("  of GPUs and processes in it", fmt.Sprintf("%d and %d", len(first.GPUs), len(first.Processes)))
	memory, err := cost(s, backend.Want{Memory: true}, samplesTaken)
	if err != nil {
		return err
	}
	b.note("  memory, pressure and CPU alone", fmt.Sprintf("%.3f ms", memory))
	search, err := cost(s, backend.Want{Processes: true, Search: true}, searchesTaken)
	if err != nil {
		return err
	}
	b.note(fmt.Sprintf("  searching the table of %d processes", tableSize()), fmt.Sprintf("%.3f ms", search))
	return nil
}

// cost is the median of the processor time of a reading, in milliseconds.
func cost(s *machine.Sampler, want backend.Want, times int) (float64, error) {
	took := make([]float64, 0, times)
	for range times {
		before, err := ownTime()
		if err != nil {
			return 0, err
		}
		if _, err := s.Sample(context.Background(), want); err != nil {
			return 0, fmt.Errorf("read the machine: %w", err)
		}
		after, err := ownTime()
		if err != nil {
			return 0, err
		}
		took = append(took, float64((after-before).Microseconds())/1000)
	}
	return median(took), nil
}

// ownTime is the processor time of this process, of all threads.
func ownTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

func tableSize() int {
	entries, _ := filepath.Glob("/proc/[0-9]*") // the pattern is fine
	return len(entries)
}
