// Scenes of several servers: one of each engine, and one with very many models.

import { few } from './fallbacks.mjs'
import { busyDays } from './loads.mjs'
import { minimax, qwen, models } from './models.mjs'
import { at, instance, openclaw, server, status, hold, warmServer } from './props.mjs'

/** @typedef {import('../src/api/types').Server} Server */
/** @typedef {import('../src/api/types').Tells} Tells */
/** @typedef {import('../src/api/types').Model} Model */

/** @param {Partial<Tells>} over @returns {Tells} */
const tells = (over = {}) => ({
  loaded: false,
  context: false,
  busy: false,
  expiry: false,
  load: false,
  unload: false,
  warm_by: 'request',
  ...over,
})

/** @param {number} now @param {Partial<Server>} over @returns {Server} */
const other = (now, over) =>
  server(now, { kind: 'openai', api: 'openai', version: undefined, latency_seconds: 0.02, models: [], ...over })

/** @param {string} key @param {string} name @param {Partial<Model>} [over] @returns {Model} */
const llm = (key, name, over = {}) => ({ key, name, type: 'llm', instances: [], ...over })

/** @param {number} now @returns {Server[]} */
const everyEngine = (now) => [
  {
    ...warmServer(now),
    engine: 'lmstudio',
    providers: ['lmstudio'],
    tells: tells({ loaded: true, context: true, busy: true, expiry: true, load: true, unload: true, warm_by: 'load' }),
  },
  other(now, {
    id: 'vllm',
    name: 'vLLM on gpu-box',
    engine: 'vllm',
    host: 'gpu-box',
    url: 'http://10.0.0.8:8000',
    version: '0.11.2',
    providers: ['vllm'],
    latency_seconds: 0.004,
    tells: tells({
      loaded: true,
      context: true,
      busy: true,
      warm_by: 'always',
      note: 'vLLM keeps what it was started with as long as it runs. The context is the longest that one request may have.',
    }),
    models: [
      llm('Qwen/Qwen3-32B', 'Qwen3 32B', {
        max_context_length: 40960,
        instances: [
          instance(now, {
            id: 'Qwen/Qwen3-32B',
            context_length: 40960,
            explicit: null,
            busy: true,
            last_used_at: undefined,
          }),
        ],
      }),
    ],
  }),
  other(now, {
    id: 'ollama',
    name: 'Ollama on mini.local',
    engine: 'ollama',
    host: 'mini.local',
    url: 'http://mini.local:11434',
    version: '0.12.6',
    providers: ['ollama'],
    tells: tells({
      loaded: true,
      context: true,
      expiry: true,
      load: true,
      unload: true,
      warm_by: 'keep_alive',
      note: 'Ollama does not tell whether it is answering someone. A request that asks for another context makes it load the model anew, with its usual five minutes.',
    }),
    models: [
      llm('qwen3:8b', 'qwen3:8b', {
        quantization: 'Q4_K_M',
        format: 'gguf',
        size_bytes: 5.2e9,
        parameters: '8.2B',
        instances: [
          instance(now, {
            id: 'qwen3:8b',
            context_length: 32768,
            busy: null,
            explicit: false,
            ttl_seconds: 300,
            expires_at: at(now, -210),
            last_used_at: undefined,
          }),
        ],
      }),
      llm('llama3.2:3b', 'llama3.2:3b', {
        quantization: 'Q4_K_M',
        format: 'gguf',
        size_bytes: 2e9,
        parameters: '3.2B',
      }),
    ],
  }),
  other(now, {
    id: 'llamacpp',
    name: 'llama.cpp',
    engine: 'llamacpp',
    url: 'http://127.0.0.1:8080',
    providers: ['llama'],
    tells: tells({
      loaded: true,
      context: true,
      busy: true,
      warm_by: 'always',
      note: "llama.cpp's server keeps the model that it was started with as long as it runs. Started with --sleep-idle-seconds it puts it away when idle, and does not tell when.",
    }),
    models: [
      llm('ggml-org/gemma-3-4b', 'Gemma 3 4B', {
        instances: [
          instance(now, { id: 'gemma', context_length: 8192, explicit: null, busy: false, last_used_at: undefined }),
        ],
      }),
    ],
  }),
  other(now, {
    id: 'litellm',
    name: 'LiteLLM on gpu-box',
    engine: 'litellm',
    host: 'gpu-box',
    url: 'http://10.0.0.8:4000',
    state: 'needs_token',
    providers: ['proxy'],
    latency_seconds: undefined,
    error: {
      code: 'needs_token',
      message: 'LiteLLM wants a key',
      hint: "Check the key of the provider `proxy` in OpenClaw's config.",
    },
    tells: tells({
      note: 'LiteLLM passes requests on. Whether a model behind it is in memory it does not know; each request to it may cost money there.',
    }),
  }),
  other(now, {
    id: 'gateway',
    name: 'house on studio-2',
    engine: 'gateway',
    host: 'studio-2',
    url: 'http://studio-2.local:9000',
    state: 'down',
    state_since: at(now, 4000),
    listed_at: at(now, 5000),
    latency_seconds: undefined,
    providers: ['house'],
    error: { code: 'down', message: 'nothing answers' },
    tells: tells({
      note: 'This server lists its models and says nothing else of itself: not what is in memory, nor with which context.',
    }),
    models: [llm('house/big', 'house/big')],
  }),
  other(now, {
    id: 'openrouter',
    name: 'OpenRouter',
    engine: 'hosted',
    url: 'https://openrouter.ai/api/v1',
    host: 'openrouter.ai',
    region: 'EU',
    latency_seconds: 0.12,
    providers: ['openrouter'],
    tells: tells({
      warm_by: 'never',
      note: 'A hosted provider. Pilotlight asks only whether it answers, without the key, so that it costs nothing.',
    }),
  }),
  other(now, {
    id: 'anthropic',
    name: 'Anthropic',
    engine: 'hosted',
    url: 'https://api.anthropic.com',
    host: 'api.anthropic.com',
    state: 'down',
    state_since: at(now, 300),
    latency_seconds: undefined,
    error: {
      code: 'network',
      message: 'the name api.anthropic.com is not known',
      hint: 'Check this machine’s way to the internet.',
    },
    providers: ['anthropic'],
    tells: tells({
      warm_by: 'never',
      note: 'A hosted provider. Pilotlight asks only whether it answers, without the key, so that it costs nothing.',
    }),
  }),
]

/** @param {number} now */
const chainOfAll = (now) =>
  openclaw({
    fallbacks: ['vllm/Qwen/Qwen3-32B', 'openrouter/z-ai/glm-4.6', 'anthropic/claude-opus-4-6'],
    chain: [
      ...openclaw().chain.slice(0, 1),
      {
        ref: 'vllm/Qwen/Qwen3-32B',
        provider: 'vllm',
        model: 'Qwen/Qwen3-32B',
        local: true,
        server: 'vllm',
        key: 'Qwen/Qwen3-32B',
        base_url: 'http://10.0.0.8:8000/v1',
        state: 'warm',
        context_window: 40960,
      },
      {
        ref: 'openrouter/z-ai/glm-4.6',
        provider: 'openrouter',
        model: 'z-ai/glm-4.6',
        local: false,
        server: 'openrouter',
        state: 'hosted',
        context_window: 200000,
      },
      {
        ref: 'anthropic/claude-opus-4-6',
        provider: 'anthropic',
        model: 'claude-opus-4-6',
        local: false,
        server: 'anthropic',
        state: 'hosted',
        alias: 'Opus',
        context_window: 200000,
      },
    ],
    config_path: now ? '/Users/me/.openclaw/openclaw.json' : '',
  })

const makers = ['openai', 'anthropic', 'qwen', 'z-ai', 'mistralai', 'meta-llama', 'google', 'deepseek']

/** @type {Record<string, (now: number) => import('./scenes.mjs').Scene>} */
export const serverScenes = {
  engines: (now) => ({
    status: status(now, { servers: everyEngine(now), openclaw: chainOfAll(now) }),
    loads: busyDays(now),
  }),
  // As in a house with a rack of them: half answer, some hold a model, some are off.
  'twenty-servers': (now) => ({
    status: status(now, {
      servers: [
        warmServer(now),
        ...Array.from({ length: 19 }, (_, i) => {
          const held = i % 3 === 0
          const key = `qwen3:${i}b`
          return other(now, {
            id: `box-${i}`,
            name: `Ollama on rack-${i + 1}.local`,
            engine: 'ollama',
            host: `rack-${i + 1}.local`,
            url: `http://rack-${i + 1}.local:11434`,
            version: '0.12.6',
            providers: [`rack${i + 1}`],
            state: i % 5 === 4 ? 'down' : 'up',
            state_since: at(now, 900 + i),
            tells: tells({
              loaded: true,
              context: true,
              expiry: true,
              load: true,
              unload: true,
              warm_by: 'keep_alive',
            }),
            models: [
              llm(key, key, {
                quantization: 'Q4_K_M',
                format: 'gguf',
                size_bytes: (i + 2) * 1e9,
                instances: held
                  ? [instance(now, { id: key, context_length: 32768, busy: null, explicit: false, ttl_seconds: 300 })]
                  : [],
              }),
            ],
          })
        }),
      ],
      openclaw: openclaw(),
    }),
    loads: busyDays(now),
  }),
  /** In other writings, from right to left, and without an end. */
  names: (now) => {
    const [first, second, third, ...others] = models()
    const called = (/** @type {Model | undefined} */ m, /** @type {string} */ name) => (m ? [{ ...m, name }] : [])
    const endless = `DeepSeek-R1-Distill-Qwen-32B-Instruct-Abliterated-${'Heretic-'.repeat(6)}Q4_K_M-imatrix`
    return {
      status: status(now, {
        servers: [
          hold(
            server(now, {
              name: '客厅的 Mac Studio 🏠',
              models: [
                ...called(first, '通义千问三代代码大模型三百亿参数指令微调量化版本（四位精度·长上下文）'),
                ...called(second, 'نموذج اللغة العربية الكبير ٧٠ مليار'),
                ...called(third, endless),
                ...others.map((m, i) => ({ ...m, name: i === 0 ? '🦙🔥 Llama 👩🏽‍🚀 3.3' : m.name })),
              ],
            }),
            { [minimax]: [instance(now)], [qwen]: [instance(now, { id: qwen, context_length: 32768 })] },
          ),
        ],
        openclaw: openclaw(),
      }),
      loads: busyDays(now),
      fallbacks: few(now),
      story: 4,
      places: ['now', 'models', 'timeline', 'fallbacks', 'fallbacks/4'],
    }
  },
  'two-thousand-models': (now) => ({
    status: status(now, {
      servers: [
        warmServer(now),
        other(now, {
          id: 'litellm',
          name: 'LiteLLM',
          engine: 'litellm',
          host: 'gpu-box',
          url: 'http://10.0.0.8:4000',
          tells: tells({
            note: 'LiteLLM passes requests on. Whether a model behind it is in memory it does not know; each request to it may cost money there.',
          }),
          models: Array.from({ length: 2000 }, (_, i) =>
            llm(
              `${makers[i % makers.length]}/model-${i}`,
              `${makers[i % makers.length]}/model-${i}`,
              i % 40 === 0 ? { type: 'embedding' } : {},
            ),
          ),
        }),
      ],
    }),
    loads: busyDays(now),
  }),
  'hostile-servers': (now) => ({
    status: status(now, {
      servers: [
        hold(server(now, { name: 'Mac Studio' }), { [minimax]: [instance(now)] }),
        hold(
          server(now, {
            id: 'b',
            name: '<b>x</b>'.repeat(20),
            host: 'h'.repeat(200),
            url: `http://${'h'.repeat(200)}:1234`,
            models: models().slice(1, 3),
          }),
          { [qwen]: [instance(now, { id: qwen })] },
        ),
        other(now, {
          id: '"><script>',
          name: `"><img src=x onerror="document.title='owned'">`,
          engine: 'gateway',
          region: '<i>EU</i>',
          tells: tells({ note: '<script>document.title="owned"</script>' }),
          models: [
            llm('a/b//c"\'`<img src=x>', '🦙/“quotes”/\\/<img src=x>'),
            llm('', ''),
            llm('x'.repeat(400), 'x'.repeat(400)),
          ],
        }),
      ],
    }),
    loads: busyDays(now),
  }),
}
