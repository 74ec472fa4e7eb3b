// Package modelfile reads from a model's own files what decides how much memory
// its context takes: the header of a GGUF file, or the config.json beside the
// weights of an MLX model. It owns these two formats and where LM Studio puts
// the files; it must never read weights, never write, and never keep more of a
// file than a few numbers.
//
// The GGUF reader is our own few lines instead of gpustack/gguf-parser-go: that
// one (v0.28.1) brings 36 modules, makes the smallest program 4.5 MB larger, and
// reads every key and tensor into memory, for a dozen numbers that stand at the
// beginning of a file.
package modelfile
