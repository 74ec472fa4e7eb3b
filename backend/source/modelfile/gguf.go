package modelfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"pilotlight/backend"
)

// What a GGUF file may hold here. Real ones have some 60 keys and at most 126
// layers; a file beyond these limits is not believed.
const (
	maxKeys   = 4096
	maxKey    = 256  // bytes of a key
	maxText   = 256  // bytes of a value that is kept
	maxLayers = 1024 // also of a value for each layer
)

// The types of GGUF's values (ggml/docs/gguf.md).
const (
	typeU8, typeI8, typeU16, typeI16, typeU32, typeI32, typeF32 = 0, 1, 2, 3, 4, 5, 6
	typeBool, typeText, typeArray, typeU64, typeI64, typeF64    = 7, 8, 9, 10, 11, 12
)

// width is the bytes of a value of a type with a fixed size.
var width = [...]uint64{typeU8: 1, typeI8: 1, typeU16: 2, typeI16: 2, typeU32: 4, typeI32: 4, typeF32: 4,
	typeBool: 1, typeText: 0, typeArray: 0, typeU64: 8, typeI64: 8, typeF64: 8}

var (
	errNotGGUF   = errors.New("this is no GGUF file")
	errBigEndian = errors.New("this GGUF file is for a big-endian machine")
	errOddValue  = errors.New("the header has a value of a type that does not exist")
	errNoLayers  = errors.New("the header does not tell how many layers the model has")
)

// GGUF reads the shape from a GGUF file of size bytes, or from the first of its
// parts. It reads the header only, and as a rule the first 16 KiB of it: in the
// files that llama.cpp's converter writes, the numbers come before the
// tokenizer. What a file says is believed within limits; the error says what is
// wrong with one that cannot be read.
func GGUF(r io.ReaderAt, size int64) (backend.Shape, error) {
	c := newCursor(r, size)
	keys, err := head(c)
	if err != nil {
		return backend.Shape{}, err
	}
	h := header{ints: map[string][]int64{}}
	for range keys {
		key := c.text(maxKey)
		if strings.HasPrefix(key, "tokenizer.") && h.complete() {
			break
		}
		h.value(c, key)
		if c.err != nil {
			if errors.Is(c.err, errTooLong) && h.complete() {
				break // far behind the tokenizer
			}
			return backend.Shape{}, c.err
		}
	}
	return h.shape()
}

// head reads what comes before the keys, and says how many these are.
func head(c *cursor) (uint64, error) {
	if b := c.next(4); string(b) != "GGUF" {
		return 0, errors.Join(c.err, errNotGGUF)
	}
	version := c.u32()
	if version != 0 && version&0xffff == 0 {
		return 0, errBigEndian // 2 and 3 read the wrong way round
	}
	c.skip(8) // how many tensors
	keys := c.u64()
	switch {
	case c.err != nil:
		return 0, c.err
	case version != 2 && version != 3:
		return 0, fmt.Errorf("version %d of GGUF is not known", version)
	case keys > maxKeys:
		return 0, fmt.Errorf("a header with %d keys makes no sense", keys)
	}
	return keys, nil
}

// header is what is kept of a header.
type header struct {
	arch string
	ints map[string][]int64 // by the key without the architecture; a single number is one alone
	list map[string]bool    // keys that held an array
}

// wanted are the keys that are kept, without the architecture before them.
var wanted = map[string]bool{
	"block_count": true, "context_length": true, "embedding_length": true, "feed_forward_length": true,
	"nextn_predict_layers": true, "full_attention_interval": true,
	"attention.head_count": true, "attention.head_count_kv": true, "attention.causal": true,
	"attention.key_length": true, "attention.value_length": true, "attention.key_length_swa": true, "attention.value_length_swa": true,
	"attention.key_length_mla": true, "attention.kv_lora_rank": true, "rope.dimension_count": true,
	"attention.sliding_window": true, "attention.sliding_window_pattern": true, "attention.shared_kv_layers": true,
	"attention.recurrent_layers": true,
	"ssm.conv_kernel":            true, "ssm.inner_size": true, "ssm.state_size": true, "ssm.group_count": true,
	"shortconv.l_cache": true, "wkv.head_size": true, "token_shift_count": true,
}

// complete says whether nothing more is needed.
func (h *header) complete() bool {
	return h.arch != "" && len(h.ints["block_count"]) > 0 && len(h.ints["attention.head_count"]) > 0
}

// value reads the value of a key, or passes over it.
func (h *header) value(c *cursor, key string) {
	kind := c.u32()
	if key == "general.architecture" && kind == typeText {
		h.arch = c.text(maxText)
		return
	}
	// A model's own keys have its architecture before them, which every writer
	// puts first; of a file where it comes late too little is found.
	name, own := strings.CutPrefix(key, h.arch+".")
	if !own || h.arch == "" || !wanted[name] {
		skipValue(c, kind, 0)
		return
	}
	switch kind {
	case typeArray:
		h.array(c, name)
	default:
		if v, ok := integer(c, kind); ok {
			h.ints[name] = []int64{v}
		}
	}
}

func (h *header) array(c *cursor, name string) {
	kind, n := c.u32(), c.u64()
	if n == 0 || n > maxLayers || kind == typeText || kind == typeArray {
		skipArray(c, kind, n, 0)
		return
	}
	values := make([]int64, 0, n)
	for range n {
		v, ok := integer(c, kind)
		if !ok {
			v = 0
		}
		values = append(values, v)
	}
	if c.err != nil {
		return
	}
	h.ints[name] = values
	if h.list == nil {
		h.list = map[string]bool{}
	}
	h.list[name] = true
}

// integer reads a whole number or a truth; false for anything else, which is
// passed over, and for a number that no count can be.
func integer(c *cursor, kind uint32) (int64, bool) {
	var v int64
	switch kind {
	case typeU8, typeBool, typeI8:
		b := c.next(1)
		if b == nil {
			return 0, false
		}
		v = int64(b[0])
		if kind == typeI8 {
			v = int64(int8(b[0]))
		}
	case typeU16, typeI16:
		b := c.next(2)
		if b == nil {
			return 0, false
		}
		v = int64(binary.LittleEndian.Uint16(b))
		if kind == typeI16 {
			v = int64(int16(v))
		}
	case typeU32:
		v = int64(c.u32())
	case typeI32:
		v = int64(int32(c.u32()))
	case typeU64, typeI64:
		u := c.u64()
		if u > math.MaxInt64 {
			return 0, false
		}
		v = int64(u)
	default:
		skipValue(c, kind, 0)
		return 0, false
	}
	return v, c.err == nil && v >= 0
}

// maxDepth bounds arrays within arrays, which no known file has.
const maxDepth = 3

func skipValue(c *cursor, kind uint32, depth int) {
	switch {
	case kind == typeText:
		c.skip(c.u64())
	case kind == typeArray:
		of, n := c.u32(), c.u64()
		skipArray(c, of, n, depth+1)
	case int(kind) < len(width):
		c.skip(width[kind])
	default:
		c.fail(errOddValue)
	}
}

func skipArray(c *cursor, kind uint32, n uint64, depth int) {
	switch {
	case c.err != nil:
	case depth > maxDepth || int(kind) >= len(width):
		c.fail(errOddValue)
	case width[kind] > 0:
		if n > math.MaxInt64/width[kind] {
			c.fail(errTruncated)
			return
		}
		c.skip(n * width[kind])
	default:
		for ; n > 0 && c.err == nil; n-- {
			skipValue(c, kind, depth)
		}
	}
}
