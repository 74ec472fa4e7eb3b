package modelfile_test

import (
	"bytes"
	"reflect"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/modelfile"
	"pilotlight/backend/source/modelfile/modelfiletest"
)

// wantBounded checks what must hold of any shape.
func wantBounded(t *testing.T, s backend.Shape, err error) {
	t.Helper()
	if err != nil {
		if !reflect.DeepEqual(s, backend.Shape{}) {
			t.Errorf("an error and %+v", s)
		}
		return
	}
	layers := 0
	for _, g := range s.Groups {
		layers += g.Layers
		if g.Layers < 1 || g.KeyWidth < 0 || g.KeyWidth > 1<<20 || g.ValueWidth < 0 || g.ValueWidth > 1<<20 || g.Window < 0 || g.StateBytes < 0 || g.StateBytes > 1<<34 {
			t.Errorf("out of bounds: %+v", g)
		}
	}
	if layers > 1024 || s.MaxContext < 0 || s.MaxContext > 1<<30 || s.Source == "" || s.Groups == nil {
		t.Errorf("out of bounds: %+v", s)
	}
}

func FuzzGGUF(f *testing.F) {
	f.Add(modelfiletest.MiniMax().Tokenizer(5).Bytes())
	f.Add(header("gemma3", numbers{"block_count": uint32(12), "attention.head_count": uint32(4), "embedding_length": uint32(64), "attention.sliding_window": uint32(1024)}).Bytes())
	f.Add(header("qwen35", numbers{"block_count": uint32(12), "attention.head_count": uint32(4), "embedding_length": uint32(64), "ssm.inner_size": uint32(64), "ssm.state_size": uint32(16)}).Bytes())
	f.Add(header("granitehybrid", numbers{"block_count": uint32(3), "attention.head_count": uint32(4), "attention.head_count_kv": []int32{0, 0, 8}, "embedding_length": uint32(64)}).Bytes())
	f.Add(header("deepseek2", numbers{"block_count": uint32(3), "attention.head_count": uint32(4), "attention.kv_lora_rank": uint32(512), "attention.key_length_mla": uint32(192)}).Bytes())
	f.Add(header("gemma4", numbers{"block_count": uint32(6), "attention.head_count": uint32(4), "attention.sliding_window": uint32(5), "attention.sliding_window_pattern": every(3, 6)}).Bytes())
	f.Add([]byte("GGUF\x03\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := modelfile.GGUF(bytes.NewReader(b), int64(len(b)))
		wantBounded(t, s, err)
	})
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte(qwenConfig))
	f.Add([]byte(`{"text_config":{"num_hidden_layers":4,"head_dim":128,"num_attention_heads":40,"sliding_window":9,"layer_types":["sliding_attention","full_attention"]}}`))
	f.Add([]byte(`{"num_hidden_layers":4,"hidden_size":64,"num_attention_heads":1,"hybrid_override_pattern":"M-*M","mamba_num_heads":1e9,"mamba_head_dim":1e9,"ssm_state_size":1e9}`))
	f.Add([]byte(`{"num_hidden_layers":4,"kv_lora_rank":512,"qk_rope_head_dim":64,"attn_layer_period":3,"full_attention_interval":2,"sliding_window_pattern":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := modelfile.Config(b)
		wantBounded(t, s, err)
	})
}
