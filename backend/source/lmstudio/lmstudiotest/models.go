package lmstudiotest

// DemoModels is what the demo has downloaded: one model that fills a large Mac
// and a few that fit beside it. Sizes and geometries are those of the published
// files; bytes for each token of context follow from layers, KV heads and head
// width at 16 bits.
func DemoModels() []Model {
	return []Model{
		{
			Key: "minimax/minimax-m2.1", Name: "MiniMax M2.1", Publisher: "minimax", Type: LLM, Format: MLX,
			Arch: "minimax_m2", Quantization: "4bit", Bits: 4, SizeBytes: 138_380_000_000, Params: "228.7B-A10B",
			MaxContext: 196_608, DefaultContext: 65_536, KVBytesPerToken: 253_952, ToolUse: true,
		},
		{
			Key: "qwen/qwen3-coder-30b", Name: "Qwen3 Coder 30B", Publisher: "qwen", Type: LLM, Format: MLX,
			Arch: "qwen3_moe", Quantization: "4bit", Bits: 4, SizeBytes: 17_190_000_000, Params: "30B-A3B",
			MaxContext: 262_144, DefaultContext: 32_768, KVBytesPerToken: 98_304, ToolUse: true,
		},
		{
			Key: "openai/gpt-oss-120b", Name: "gpt-oss 120B", Publisher: "openai", Type: LLM, Format: GGUF,
			Arch: "gpt-oss", Quantization: "MXFP4", Bits: 4, SizeBytes: 63_390_000_000, Params: "117B-A5B",
			MaxContext: 131_072, DefaultContext: 32_768, KVBytesPerToken: 73_728, ToolUse: true,
		},
		{
			Key: "qwen/qwen3-4b-2507", Name: "Qwen3 4B Instruct 2507", Publisher: "qwen", Type: LLM, Format: GGUF,
			Arch: "qwen3", Quantization: "Q4_K_M", Bits: 4, SizeBytes: 2_497_000_000, Params: "4B",
			MaxContext: 262_144, DefaultContext: 16_384, KVBytesPerToken: 147_456, ToolUse: true,
		},
		{
			Key: "text-embedding-nomic-embed-text-v1.5", Name: "Nomic Embed Text v1.5", Publisher: "nomic-ai", Type: Embedding, Format: GGUF,
			Arch: "nomic-bert", Quantization: "Q4_K_M", Bits: 4, SizeBytes: 84_106_624,
			MaxContext: 2048, DefaultContext: 2048,
		},
	}
}

// SmallModels are downloads that fit into any machine's memory, for tests whose
// client weighs a load against the memory it really has.
func SmallModels() []Model {
	return []Model{
		{
			Key: "qwen/qwen3-0.6b", Name: "Qwen3 0.6B", Publisher: "qwen", Type: LLM, Format: GGUF,
			Arch: "qwen3", Quantization: "Q4_K_M", Bits: 4, SizeBytes: 484_000_000, Params: "0.6B",
			MaxContext: 40_960, KVBytesPerToken: 1024, ToolUse: true,
		},
		{
			Key: "google/gemma-3-1b", Name: "Gemma 3 1B", Publisher: "google", Type: LLM, Format: MLX,
			Arch: "gemma3_text", Quantization: "4bit", Bits: 4, SizeBytes: 771_933_305, Params: "1B",
			MaxContext: 32_768, KVBytesPerToken: 1024,
		},
		{
			Key: "ibm/granite-4-h-1b", Name: "Granite 4.0 H 1B", Publisher: "ibm", Type: LLM, Format: GGUF,
			Arch: "granitehybrid", Quantization: "Q4_K_M", Bits: 4, SizeBytes: 901_000_000, Params: "1B",
			MaxContext: 131_072, KVBytesPerToken: 1024, ToolUse: true,
		},
		{
			Key: "text-embedding-nomic-embed-text-v1.5", Name: "Nomic Embed Text v1.5", Publisher: "nomic-ai", Type: Embedding, Format: GGUF,
			Quantization: "Q4_K_M", Bits: 4, SizeBytes: 84_106_624, MaxContext: 2048, DefaultContext: 2048,
		},
	}
}
