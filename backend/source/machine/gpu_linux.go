package machine

import "os"

// libdrm is where its list of AMD's cards lies.
const libdrm = "/usr/share/libdrm"

func gpuReaders(o Options) []gpuReader {
	sys := os.DirFS(o.Sys)
	paths := o.NVML
	if paths == nil {
		paths = nvmlPaths
	}
	return []gpuReader{newNVML(paths, sys), newAMD(sys, os.DirFS(libdrm)), newIntel(sys, max(o.Poll, gpuPeriod))}
}
