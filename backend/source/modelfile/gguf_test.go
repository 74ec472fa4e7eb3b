package modelfile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/modelfile"
	"pilotlight/backend/source/modelfile/modelfiletest"
)

func readGGUF(b []byte) (backend.Shape, error) {
	return modelfile.GGUF(bytes.NewReader(b), int64(len(b)))
}

// header is one of an architecture with these numbers.
func header(arch string, numbers map[string]any) *modelfiletest.GGUF {
	g := new(modelfiletest.GGUF).Set("general.architecture", arch)
	keys := []string{}
	for k := range numbers {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		g.Set(arch+"."+k, numbers[k])
	}
	return g
}

func group(layers, key, value, window int) backend.LayerGroup {
	return backend.LayerGroup{Layers: layers, KeyWidth: key, ValueWidth: value, Window: window}
}

type numbers = map[string]any

// every is true but for each n-th.
func every(n, of int) []bool {
	all := make([]bool, of)
	for i := range all {
		all[i] = (i+1)%n != 0
	}
	return all
}

func TestGGUFShapes(t *testing.T) {
	zeroBut := func(n, of int, v int32) []int32 {
		all := make([]int32, of)
		for i := range all {
			if (i+1)%n == 0 {
				all[i] = v
			}
		}
		return all
	}
	for _, c := range []struct {
		name, arch string
		numbers    numbers
		want       []backend.LayerGroup
	}{
		{"MiniMax M2.1", "minimax-m2", numbers{"block_count": uint32(62), "attention.head_count": uint32(48), "attention.head_count_kv": uint32(8),
			"attention.key_length": uint32(128), "attention.value_length": uint32(128), "embedding_length": uint32(3072)}, []backend.LayerGroup{group(62, 1024, 1024, 0)}},
		{"heads without a size", "llama", numbers{"block_count": uint32(32), "attention.head_count": uint32(32), "attention.head_count_kv": uint32(8), "embedding_length": uint32(4096)},
			[]backend.LayerGroup{group(32, 1024, 1024, 0)}},
		{"no KV heads: each head has its own", "llama", numbers{"block_count": uint32(32), "attention.head_count": uint32(32), "embedding_length": uint32(4096)},
			[]backend.LayerGroup{group(32, 4096, 4096, 0)}},
		{"KV heads differ by layer", "deci", numbers{"block_count": uint32(4), "attention.head_count": uint32(64), "embedding_length": uint32(8192),
			"attention.head_count_kv": []int32{8, 0, 8, 4}}, []backend.LayerGroup{group(2, 1024, 1024, 0), group(1, 512, 512, 0)}},
		{"key and value differ", "x", numbers{"block_count": uint32(2), "attention.head_count": uint32(4), "attention.head_count_kv": uint32(2),
			"attention.key_length": uint32(192), "attention.value_length": uint32(128)}, []backend.LayerGroup{group(2, 384, 256, 0)}},
		{"gemma3: five of six have a window", "gemma3", numbers{"block_count": uint32(62), "attention.head_count": uint32(32), "attention.head_count_kv": uint32(16),
			"attention.key_length": uint32(128), "attention.value_length": uint32(128), "attention.sliding_window": uint32(1024)},
			[]backend.LayerGroup{group(52, 2048, 2048, 1024), group(10, 2048, 2048, 0)}},
		{"gpt-oss: every other", "gpt-oss", numbers{"block_count": uint32(36), "attention.head_count": uint32(64), "attention.head_count_kv": uint32(8),
			"attention.key_length": uint32(64), "attention.value_length": uint32(64), "attention.sliding_window": uint32(128)},
			[]backend.LayerGroup{group(18, 512, 512, 128), group(18, 512, 512, 0)}},
		{"smallthinker: the first of four sees all", "smallthinker", numbers{"block_count": uint32(6), "attention.head_count": uint32(4),
			"embedding_length": uint32(256), "attention.sliding_window": uint32(4096)}, []backend.LayerGroup{group(2, 256, 256, 0), group(4, 256, 256, 4096)}},
		{"a pattern by layer, and smaller heads in a window, and layers that share", "gemma4", numbers{"block_count": uint32(12), "attention.head_count": uint32(8),
			"attention.head_count_kv": uint32(2), "attention.key_length": uint32(512), "attention.value_length": uint32(512), "attention.sliding_window": uint32(512),
			"attention.key_length_swa": uint32(256), "attention.value_length_swa": uint32(256), "attention.sliding_window_pattern": every(6, 12),
			"attention.shared_kv_layers": uint32(2)}, []backend.LayerGroup{group(9, 512, 512, 512), group(1, 1024, 1024, 0)}},
		{"a pattern as a number", "new-arch", numbers{"block_count": uint32(8), "attention.head_count": uint32(1), "embedding_length": uint32(64),
			"attention.sliding_window": uint32(10), "attention.sliding_window_pattern": uint32(4)}, []backend.LayerGroup{group(6, 64, 64, 10), group(2, 64, 64, 0)}},
		{"a window that the engine ignores", "phi3", numbers{"block_count": uint32(8), "attention.head_count": uint32(1), "embedding_length": uint32(64),
			"attention.sliding_window": uint32(2047)}, []backend.LayerGroup{group(8, 64, 64, 0)}},
		{"qwen35: three of four keep a state", "qwen35", numbers{"block_count": uint32(64), "attention.head_count": uint32(24), "attention.head_count_kv": uint32(4),
			"attention.key_length": uint32(256), "attention.value_length": uint32(256), "full_attention_interval": uint32(4),
			"ssm.conv_kernel": uint32(4), "ssm.inner_size": uint32(6144), "ssm.state_size": uint32(128), "ssm.group_count": uint32(16)},
			[]backend.LayerGroup{{Layers: 48, StateBytes: 4 * (3*(6144+2*16*128) + 128*6144)}, group(16, 1024, 1024, 0)}},
		{"and without saying so", "qwen3next", numbers{"block_count": uint32(4), "attention.head_count": uint32(4), "embedding_length": uint32(64)}, []backend.LayerGroup{group(1, 64, 64, 0)}},
		{"the recurrent layers by name", "qwen35moe", numbers{"block_count": uint32(4), "attention.head_count": uint32(4), "embedding_length": uint32(64),
			"attention.recurrent_layers": []bool{true, false, false, false}, "ssm.inner_size": uint32(8), "ssm.state_size": uint32(2)},
			[]backend.LayerGroup{{Layers: 1, StateBytes: 64}, group(3, 64, 64, 0)}},
		{"granitehybrid: layers without KV heads keep a state", "granitehybrid", numbers{"block_count": uint32(40), "attention.head_count": uint32(32), "embedding_length": uint32(4096),
			"attention.head_count_kv": zeroBut(10, 40, 8), "ssm.conv_kernel": uint32(4), "ssm.inner_size": uint32(8192), "ssm.state_size": uint32(128), "ssm.group_count": uint32(1)},
			[]backend.LayerGroup{{Layers: 36, StateBytes: 4 * (3*(8192+256) + 128*8192)}, group(4, 1024, 1024, 0)}},
		{"nemotron_h: some layers keep nothing", "nemotron_h", numbers{"block_count": uint32(3), "attention.head_count": uint32(4), "embedding_length": uint32(64),
			"attention.head_count_kv": []int32{0, 0, 2}, "feed_forward_length": []int32{0, 99, 0}, "ssm.inner_size": uint32(8), "ssm.state_size": uint32(2)},
			[]backend.LayerGroup{{Layers: 1, StateBytes: 64}, group(1, 32, 32, 0)}},
		{"falcon-h1: every layer does both", "falcon-h1", numbers{"block_count": uint32(2), "attention.head_count": uint32(4), "attention.head_count_kv": uint32(2), "embedding_length": uint32(64),
			"ssm.inner_size": uint32(8), "ssm.state_size": uint32(2)}, []backend.LayerGroup{{Layers: 2, KeyWidth: 32, ValueWidth: 32, StateBytes: 64}}},
		{"mamba has states only", "mamba", numbers{"block_count": uint32(5), "attention.head_count": uint32(0), "embedding_length": uint32(64),
			"ssm.conv_kernel": uint32(4), "ssm.inner_size": uint32(8), "ssm.state_size": uint32(2)}, []backend.LayerGroup{{Layers: 5, StateBytes: 4 * (3*8 + 16)}}},
		{"rwkv7", "rwkv7", numbers{"block_count": uint32(5), "attention.head_count": uint32(0), "embedding_length": uint32(64), "wkv.head_size": uint32(16), "token_shift_count": uint32(2)},
			[]backend.LayerGroup{{Layers: 5, StateBytes: 4 * (2*64 + 64*16)}}},
		{"lfm2", "lfm2", numbers{"block_count": uint32(2), "attention.head_count": uint32(4), "attention.head_count_kv": []int32{0, 2}, "embedding_length": uint32(64), "shortconv.l_cache": uint32(3)},
			[]backend.LayerGroup{{Layers: 1, StateBytes: 4 * 64 * 2}, group(1, 32, 32, 0)}},
		{"deepseek2 with a compressed cache", "deepseek2", numbers{"block_count": uint32(61), "attention.head_count": uint32(128), "attention.head_count_kv": uint32(1),
			"attention.kv_lora_rank": uint32(512), "rope.dimension_count": uint32(64), "attention.key_length": uint32(576), "attention.value_length": uint32(512),
			"attention.key_length_mla": uint32(192)}, []backend.LayerGroup{group(61, 576, 0, 0)}},
		{"an old deepseek2 keeps all of it", "deepseek2", numbers{"block_count": uint32(61), "attention.head_count": uint32(128), "attention.head_count_kv": uint32(128),
			"attention.kv_lora_rank": uint32(512), "attention.key_length": uint32(192), "attention.value_length": uint32(128)}, []backend.LayerGroup{group(61, 128*192, 128*128, 0)}},
		{"layers that guess ahead keep nothing", "glm4moe", numbers{"block_count": uint32(47), "nextn_predict_layers": uint32(1), "attention.head_count": uint32(4), "embedding_length": uint32(64)},
			[]backend.LayerGroup{group(46, 64, 64, 0)}},
		{"an embedding model caches nothing", "nomic-bert", numbers{"block_count": uint32(12), "attention.head_count": uint32(12), "embedding_length": uint32(768), "attention.causal": false},
			[]backend.LayerGroup{}},
		{"numbers of every type", "llama", numbers{"block_count": uint8(2), "attention.head_count": int16(4), "attention.head_count_kv": uint64(2), "embedding_length": int64(64)},
			[]backend.LayerGroup{group(2, 32, 32, 0)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readGGUF(header(c.arch, c.numbers).Tokenizer(100).Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Groups, c.want) {
				t.Errorf("layers %+v\nwant   %+v", got.Groups, c.want)
			}
			if got.Source == "" {
				t.Error("does not say where it was read")
			}
		})
	}
}

func TestGGUFOfMiniMax(t *testing.T) {
	for _, version := range []uint32{2, 3} {
		g := modelfiletest.MiniMax().Tokenizer(1000)
		g.Version = version
		got, err := readGGUF(g.Bytes())
		want := backend.Shape{Source: "its GGUF header", MaxContext: 196_608, Groups: []backend.LayerGroup{group(62, 1024, 1024, 0)}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("version %d: %+v, %v", version, got, err)
		}
	}
}

// The tiny model is read as llama.cpp reads it, and is as long as its header says.
func TestGGUFOfTheTinyModel(t *testing.T) {
	b := modelfiletest.Tiny()
	got, err := readGGUF(b)
	want := backend.Shape{Source: "its GGUF header", MaxContext: modelfiletest.TinyContext, Groups: []backend.LayerGroup{group(1, 64, 64, 0)}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if len(b)%32 != 0 || len(b) > 1<<20 {
		t.Errorf("it has %d bytes", len(b))
	}
}

// counting counts the bytes that are read of a file.
type counting struct {
	*bytes.Reader
	n int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.Reader.ReadAt(p, off)
	c.n += int64(n)
	return n, err
}

func TestGGUFReadsLittle(t *testing.T) {
	big := make([]string, 200_000)
	for i := range big {
		big[i] = "some token"
	}
	t.Run("of a usual file", func(t *testing.T) {
		b := modelfiletest.MiniMax().Set("tokenizer.ggml.tokens", big).Bytes()
		r := &counting{Reader: bytes.NewReader(b)}
		if _, err := modelfile.GGUF(r, int64(len(b))); err != nil || r.n > 32<<10 {
			t.Errorf("read %d of %d bytes, %v", r.n, len(b), err)
		}
	})
	t.Run("where the numbers come last", func(t *testing.T) {
		g := new(modelfiletest.GGUF).Set("general.architecture", "llama").Set("tokenizer.ggml.tokens", big).Set("tokenizer.ggml.scores", make([]float32, 1<<20))
		b := g.Set("llama.block_count", uint32(2)).Set("llama.embedding_length", uint32(64)).Set("llama.attention.head_count", uint32(4)).Bytes()
		r := &counting{Reader: bytes.NewReader(b)}
		got, err := modelfile.GGUF(r, int64(len(b)))
		if err != nil || len(got.Groups) != 1 || got.Groups[0].Layers != 2 {
			t.Errorf("%+v, %v", got, err)
		}
		if r.n > int64(len(b))-4<<20+64<<10 {
			t.Errorf("read %d of %d bytes: the scores were not passed over", r.n, len(b))
		}
	})
}

func TestGGUFThatCannotBeRead(t *testing.T) {
	u64 := func(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }
	u32 := func(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }
	llama := func() *modelfiletest.GGUF { return new(modelfiletest.GGUF).Set("general.architecture", "llama") }
	many := uint64(1 << 63)
	big := modelfiletest.MiniMax()
	big.Order = binary.BigEndian
	first := modelfiletest.MiniMax()
	first.Version = 1
	strange := modelfiletest.MiniMax()
	strange.Version = 77
	announced := modelfiletest.MiniMax()
	announced.Keys = &many
	whole := modelfiletest.MiniMax().Bytes()
	nested := bytes.Repeat(slices.Concat(u32(modelfiletest.Array), u64(1)), 50)
	for name, b := range map[string][]byte{
		"nothing":                        nil,
		"another file":                   []byte("PK\x03\x04 this is a zip file, and a long one"),
		"the magic alone":                []byte("GGUF"),
		"cut off in the head":            whole[:20],
		"big-endian":                     make([]byte, 0),
		"version 1":                      first.Bytes(),
		"version 77":                     strange.Bytes(),
		"2⁶³ keys":                       announced.Bytes(),
		"no keys":                        new(modelfiletest.GGUF).Bytes(),
		"a key of 2⁶⁴-1 bytes":           append([]byte("GGUF\x03\x00\x00\x00"), slices.Concat(u64(0), u64(1), u64(math.MaxUint64))...),
		"a text of 2⁶³ bytes":            llama().Raw("general.name", slices.Concat(u32(modelfiletest.Text), u64(1<<63))).Bytes(),
		"an array of 2⁶³ numbers":        llama().Raw("x", slices.Concat(u32(modelfiletest.Array), u32(modelfiletest.U64), u64(1<<63))).Bytes(),
		"an array of 2⁶⁴-1 texts":        llama().Raw("x", slices.Concat(u32(modelfiletest.Array), u32(modelfiletest.Text), u64(math.MaxUint64))).Bytes(),
		"arrays within arrays":           llama().Raw("x", append(u32(modelfiletest.Array), nested...)).Bytes(),
		"a type that does not exist":     llama().Raw("x", u32(99)).Bytes(),
		"an array of such a type":        llama().Raw("x", slices.Concat(u32(modelfiletest.Array), u32(99), u64(1))).Bytes(),
		"no layers told":                 llama().Set("llama.attention.head_count", uint32(4)).Bytes(),
		"no heads told":                  llama().Set("llama.block_count", uint32(4)).Bytes(),
		"2³² layers":                     header("llama", numbers{"block_count": uint32(math.MaxUint32), "attention.head_count": uint32(4), "embedding_length": uint32(64)}).Bytes(),
		"layers as a text":               header("llama", numbers{"block_count": "many", "attention.head_count": uint32(4), "embedding_length": uint32(64)}).Bytes(),
		"layers below zero":              header("llama", numbers{"block_count": int32(-4), "attention.head_count": uint32(4), "embedding_length": uint32(64)}).Bytes(),
		"more than 2⁶³ layers":           header("llama", numbers{"block_count": uint64(math.MaxUint64), "attention.head_count": uint32(4), "embedding_length": uint32(64)}).Bytes(),
		"heads beyond reason":            header("llama", numbers{"block_count": uint32(4), "attention.head_count": uint32(math.MaxUint32), "attention.key_length": uint32(math.MaxUint32)}).Bytes(),
		"heads and a size beyond reason": header("llama", numbers{"block_count": uint32(4), "attention.head_count": uint32(1 << 19), "attention.key_length": uint32(1 << 19)}).Bytes(),
		"the eyes of a model":            header("clip", numbers{"block_count": uint32(4), "attention.head_count": uint32(4)}).Bytes(),
	} {
		t.Run(name, func(t *testing.T) {
			if name == "big-endian" {
				b = big.Bytes()
			}
			got, err := readGGUF(b)
			if err == nil {
				t.Fatalf("read %+v", got)
			}
			if !reflect.DeepEqual(got, backend.Shape{}) {
				t.Errorf("an error and %+v", got)
			}
			if name == "big-endian" && !strings.Contains(err.Error(), "big-endian") {
				t.Errorf("does not say that it is big-endian: %v", err)
			}
		})
	}
}

// Cut off anywhere, a file is refused or read as the whole one.
func TestGGUFCutOff(t *testing.T) {
	b := modelfiletest.MiniMax().Tokenizer(3).Bytes()
	whole, err := readGGUF(b)
	if err != nil {
		t.Fatal(err)
	}
	for n := range b {
		got, err := readGGUF(b[:n])
		if err == nil && !reflect.DeepEqual(got, whole) {
			t.Fatalf("of %d bytes of %d read %+v", n, len(b), got)
		}
	}
}

// A disk that fails is told as such.
func TestGGUFOnABadDisk(t *testing.T) {
	broken := errors.New("input/output error")
	_, err := modelfile.GGUF(failing{broken}, 1<<20)
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }
