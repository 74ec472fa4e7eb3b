// The models that scenes show.

/** @typedef {import('../src/api/types').Model} Model */

export const GB = 1e9

export const minimax = 'lmstudio-community/minimax-m2.1-mlx-4bit'
export const qwen = 'qwen/qwen3-coder-30b'
export const gemma = 'google/gemma-3-1b'

/** @returns {Model[]} */
export const models = () => [
  {
    key: minimax,
    name: 'MiniMax M2.1',
    type: 'llm',
    format: 'mlx',
    quantization: '4bit',
    bits_per_weight: 4.5,
    parameters: '229B-A10B',
    architecture: 'minimax_m2',
    size_bytes: 128.6 * GB,
    max_context_length: 196608,
    instances: [],
  },
  {
    key: qwen,
    name: 'Qwen3 Coder 30B',
    type: 'llm',
    format: 'gguf',
    quantization: 'Q4_K_M',
    bits_per_weight: 4.8,
    parameters: '30B-A3B',
    architecture: 'qwen3moe',
    size_bytes: 18.6 * GB,
    max_context_length: 262144,
    instances: [],
  },
  {
    key: 'minimax-m2.1-iq2',
    name: 'MiniMax M2.1 IQ2_XXS',
    type: 'llm',
    format: 'gguf',
    quantization: 'IQ2_XXS',
    bits_per_weight: 2.1,
    parameters: '229B-A10B',
    architecture: 'minimax_m2',
    size_bytes: 63.2 * GB,
    max_context_length: 196608,
    instances: [],
  },
  {
    key: 'glm-4.6-q3',
    name: 'GLM 4.6',
    type: 'llm',
    format: 'gguf',
    quantization: 'Q3_K_S',
    bits_per_weight: 3.4,
    parameters: '357B',
    architecture: 'glm4',
    size_bytes: 156 * GB,
    max_context_length: 202752,
    instances: [],
    fit: {
      total_bytes: 515e9,
      verdict: 'tight',
      basis: 'Weights and KV cache at 131,072 tokens against 512 GB.',
    },
  },
  {
    key: gemma,
    name: 'Gemma 3 1B',
    type: 'llm',
    format: 'mlx',
    quantization: '4bit',
    bits_per_weight: 4,
    parameters: '1B',
    architecture: 'gemma3_text',
    size_bytes: 771933305,
    max_context_length: 32768,
    instances: [],
  },
  {
    key: 'text-embedding-nomic-embed-text-v1.5',
    name: 'Nomic Embed Text v1.5',
    type: 'embedding',
    format: 'gguf',
    quantization: 'Q4_K_M',
    bits_per_weight: 4,
    size_bytes: 84106624,
    max_context_length: 2048,
    instances: [],
  },
]

/** @returns {Model[]} */
export const manyModels = () => [
  ...models(),
  ...[
    'Llama 3.3 70B',
    'Mistral Small 3.2',
    'gpt-oss 120B',
    'gpt-oss 20B',
    'DeepSeek R1 Distill Qwen 32B with an unusually long name that has to wrap somewhere',
    'Phi 4',
  ].map(
    (name, i) =>
      /** @type {Model} */ ({
        key: `m/${i}`,
        name,
        type: 'llm',
        format: 'gguf',
        quantization: 'Q6_K',
        bits_per_weight: 6.6,
        parameters: `${7 + i * 9}B`,
        size_bytes: (8 + i * 11) * GB,
        max_context_length: 131072,
        instances: [],
      }),
  ),
  { key: 'unknown/model', name: 'Home-made model', type: 'llm', instances: [] },
]
