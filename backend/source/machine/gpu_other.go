//go:build !linux && !darwin

package machine

func gpuReaders(Options) []gpuReader { return nil }
