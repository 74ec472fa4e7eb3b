package modelfile_test

import (
	"reflect"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/modelfile"
)

func TestConfigShapes(t *testing.T) {
	for _, c := range []struct {
		name, json string
		want       []backend.LayerGroup
		longest    int
	}{
		{"MiniMax M2.1", `{"architectures":["MiniMaxM2ForCausalLM"],"attn_type_list":[` + strings.Repeat("1,", 61) + `1],"head_dim":128,"hidden_size":3072,
			"max_position_embeddings":196608,"model_type":"minimax_m2","num_attention_heads":48,"num_hidden_layers":62,"num_key_value_heads":8,
			"quantization":{"group_size":64,"bits":4,"lm_head":{"bits":8}},"sliding_window":null}`, []backend.LayerGroup{group(62, 1024, 1024, 0)}, 196_608},
		{"no head_dim", `{"num_hidden_layers":32,"hidden_size":4096,"num_attention_heads":32,"num_key_value_heads":8,"head_dim":null}`, []backend.LayerGroup{group(32, 1024, 1024, 0)}, 0},
		{"no KV heads", `{"n_layer":12,"n_embd":768,"n_head":12,"n_positions":1024}`, []backend.LayerGroup{group(12, 768, 768, 0)}, 1024},
		{"gemma 3 that sees", `{"model_type":"gemma3","text_config":{"model_type":"gemma3_text","hidden_size":5376,"num_hidden_layers":62,"num_attention_heads":32,
			"num_key_value_heads":16,"head_dim":128,"sliding_window":1024,"max_position_embeddings":131072},"vision_config":{"num_hidden_layers":27}}`,
			[]backend.LayerGroup{group(52, 2048, 2048, 1024), group(10, 2048, 2048, 0)}, 131_072},
		{"a pattern as a number", `{"num_hidden_layers":8,"hidden_size":64,"num_attention_heads":1,"sliding_window":10,"sliding_window_pattern":4}`, []backend.LayerGroup{group(6, 64, 64, 10), group(2, 64, 64, 0)}, 0},
		{"gpt-oss", `{"num_hidden_layers":4,"head_dim":64,"num_attention_heads":64,"num_key_value_heads":8,"sliding_window":128,
			"layer_types":["sliding_attention","full_attention","sliding_attention","full_attention"]}`, []backend.LayerGroup{group(2, 512, 512, 128), group(2, 512, 512, 0)}, 0},
		{"Llama 4 looks back by chunks", `{"text_config":{"num_hidden_layers":4,"head_dim":128,"num_attention_heads":40,"num_key_value_heads":8,"attention_chunk_size":8192,
			"layer_types":["chunked_attention","chunked_attention","chunked_attention","full_attention"]}}`, []backend.LayerGroup{group(3, 1024, 1024, 8192), group(1, 1024, 1024, 0)}, 0},
		{"a window that is off", `{"num_hidden_layers":4,"hidden_size":64,"num_attention_heads":1,"sliding_window":10,"use_sliding_window":false,"layer_types":["sliding_attention"]}`, []backend.LayerGroup{group(4, 64, 64, 0)}, 0},
		{"a window without a pattern is ignored", `{"num_hidden_layers":4,"hidden_size":64,"num_attention_heads":1,"sliding_window":10}`, []backend.LayerGroup{group(4, 64, 64, 0)}, 0},
		{"Qwen3-Next", `{"num_hidden_layers":48,"head_dim":256,"num_attention_heads":16,"num_key_value_heads":2,"full_attention_interval":4,"linear_num_value_heads":32,
			"linear_num_key_heads":16,"linear_key_head_dim":128,"linear_value_head_dim":128,"linear_conv_kernel_dim":4}`,
			[]backend.LayerGroup{{Layers: 36, StateBytes: 4*32*128*128 + 2*3*(2*16*128+32*128)}, group(12, 512, 512, 0)}, 0},
		{"layers by name", `{"num_hidden_layers":4,"hidden_size":64,"num_attention_heads":1,"layer_types":["linear_attention","linear_attention","linear_attention","full_attention"]}`, []backend.LayerGroup{group(1, 64, 64, 0)}, 0},
		{"MiniMax-Text-01: some are linear", `{"num_hidden_layers":4,"hidden_size":64,"num_attention_heads":1,"attn_type_list":[0,0,0,1]}`, []backend.LayerGroup{group(1, 64, 64, 0)}, 0},
		{"Nemotron-H", `{"num_hidden_layers":4,"hidden_size":64,"num_attention_heads":1,"hybrid_override_pattern":"M-*M","mamba_num_heads":2,"mamba_head_dim":4,"ssm_state_size":8,"conv_kernel":4,"n_groups":1}`,
			[]backend.LayerGroup{{Layers: 2, StateBytes: 4*2*4*8 + 2*3*(8+16)}, group(1, 64, 64, 0)}, 0},
		{"Granite 4", `{"num_hidden_layers":2,"hidden_size":64,"num_attention_heads":2,"num_key_value_heads":1,"layer_types":["mamba","attention"],"mamba_n_heads":2,"mamba_d_head":4,"mamba_d_state":8,"mamba_d_conv":4,"mamba_n_groups":1}`,
			[]backend.LayerGroup{{Layers: 1, StateBytes: 4*2*4*8 + 2*3*(8+16)}, group(1, 32, 32, 0)}, 0},
		{"LFM2", `{"num_hidden_layers":3,"hidden_size":64,"num_attention_heads":2,"num_key_value_heads":1,"full_attn_idxs":[1],"conv_L_cache":3}`,
			[]backend.LayerGroup{{Layers: 2, StateBytes: 2 * 64 * 2}, group(1, 32, 32, 0)}, 0},
		{"Jamba", `{"num_hidden_layers":8,"hidden_size":64,"num_attention_heads":1,"attn_layer_period":4,"attn_layer_offset":1}`, []backend.LayerGroup{group(2, 64, 64, 0)}, 0},
		{"DeepSeek V3", `{"num_hidden_layers":61,"num_attention_heads":128,"num_key_value_heads":128,"kv_lora_rank":512,"qk_rope_head_dim":64,"qk_nope_head_dim":128,"v_head_dim":128}`, []backend.LayerGroup{group(61, 576, 0, 0)}, 0},
		{"values of another size", `{"num_hidden_layers":2,"head_dim":192,"v_head_dim":128,"num_attention_heads":8,"num_key_value_heads":4}`, []backend.LayerGroup{group(2, 768, 512, 0)}, 0},
		{"Gemma 4", `{"text_config":{"num_hidden_layers":7,"head_dim":256,"global_head_dim":512,"num_attention_heads":8,"num_key_value_heads":2,"num_global_key_value_heads":1,"num_kv_shared_layers":1,
			"sliding_window":512,"layer_types":["sliding_attention","sliding_attention","sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention"]}}`,
			[]backend.LayerGroup{group(5, 512, 512, 512), group(1, 512, 512, 0)}, 0},
		{"KV heads by layer", `{"num_hidden_layers":2,"head_dim":64,"num_attention_heads":8,"num_key_value_heads":[4,2]}`, []backend.LayerGroup{group(1, 256, 256, 0), group(1, 128, 128, 0)}, 0},
		{"numbers as floats", `{"num_hidden_layers":2.0,"head_dim":6.4e1,"num_attention_heads":8}`, []backend.LayerGroup{group(2, 512, 512, 0)}, 0},
		{"odd fields are absent", `{"num_hidden_layers":2,"head_dim":"64","hidden_size":512,"num_attention_heads":8,"num_key_value_heads":{},"layer_types":"all","sliding_window":[],"max_position_embeddings":-1}`, []backend.LayerGroup{group(2, 512, 512, 0)}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := modelfile.Config([]byte(c.json))
			if err != nil {
				t.Fatal(err)
			}
			want := backend.Shape{Source: "its config.json", Groups: c.want, MaxContext: c.longest}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestConfigThatCannotBeRead(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":          ``,
		"no JSON":          `model: yes`,
		"null":             `null`,
		"a list":           `[]`,
		"empty":            `{}`,
		"cut off":          `{"num_hidden_layers":2,"head_dim":64`,
		"no heads":         `{"num_hidden_layers":2}`,
		"no layers":        `{"num_attention_heads":2,"head_dim":64}`,
		"too many layers":  `{"num_hidden_layers":100000,"num_attention_heads":2,"head_dim":64}`,
		"heads of a giant": `{"num_hidden_layers":2,"num_attention_heads":1000000000,"head_dim":1000000000}`,
		"an image model":   `{"_class_name":"UNet2DConditionModel","layers_per_block":2}`,
		"too large":        `{"num_hidden_layers":2,"num_attention_heads":2,"head_dim":64,"x":"` + strings.Repeat("x", 2<<20) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := modelfile.Config([]byte(text)); err == nil {
				t.Errorf("read %+v", got)
			}
		})
	}
}
