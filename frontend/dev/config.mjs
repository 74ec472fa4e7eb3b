// The configs that scenes show.

/** @typedef {import('../src/api/types').ConfigIssue} ConfigIssue */

const secret = '__PILOTLIGHT_SECRET_6f1d0a9b8c7e5d43__'

export const path = '/Users/me/.openclaw/openclaw.json'

/** As a person keeps it, with placeholders for its secrets. */
export const usual = `// my set-up; ask me before you change it
{
  agents: {
    defaults: {
      model: {
        primary: 'lmstudio/lmstudio-community/minimax-m2.1-mlx-4bit', // the local one first
        fallbacks: [
          'anthropic/claude-opus-4-6', // costs money
          'anthropic/claude-sonnet-4-5-20250929',
          'openrouter/qwen/qwen3-coder-30b',
        ],
      },
      /* names for the chat */
      models: {
        'lmstudio/lmstudio-community/minimax-m2.1-mlx-4bit': { alias: 'Local' },
        'anthropic/claude-opus-4-6': { alias: 'Opus' },
        'anthropic/claude-sonnet-4-5-20250929': {},
        'openrouter/qwen/qwen3-coder-30b': {},
      },
    },
    list: [
      { id: 'main', default: true },
      { id: 'work', model: { primary: 'anthropic/claude-opus-4-6', fallbacks: [] } },
    ],
  },
  models: {
    mode: 'merge',
    providers: {
      lmstudio: {
        baseUrl: 'http://127.0.0.1:1234/v1',
        apiKey: '${secret}', // from the keychain
        api: 'openai-responses',
        models: [
          { id: 'lmstudio-community/minimax-m2.1-mlx-4bit', name: 'MiniMax M2.1', contextWindow: 131072, maxTokens: 8192 },
        ],
      },
      openrouter: {
        baseUrl: 'https://openrouter.ai/api/v1',
        apiKey: '\${OPENROUTER_API_KEY}',
        api: 'openai-completions',
        models: [{ id: 'qwen/qwen3-coder-30b', name: 'Qwen3 Coder 30B', contextWindow: 262144, maxTokens: 32768 }],
      },
    },
  },
  channels: { whatsapp: { enabled: true } },
  gateway: { mode: 'local', port: 18789, auth: { mode: 'token', token: '${secret.replace('6f', '7e')}' } },
  meta: { lastTouchedVersion: '2026.9.6', lastTouchedAt: '2026-11-20T08:00:00.000Z' },
}
`

/** What an OpenClaw makes of a missing file. */
export const empty = `{
  "gateway": {
    "mode": "local"
  },
  "agents": {
    "defaults": {
      "model": {}
    }
  },
  "models": {
    "mode": "merge"
  }
}
`

/** @type {ConfigIssue[]} */
export const issues = [
  {
    path: 'models.providers.lmstudio.baseUrl',
    severity: 'warning',
    code: 'localhost',
    message: 'localhost may lead to ::1, where LM Studio and most local servers do not listen.',
    hint: 'Write 127.0.0.1.',
    edits: [{ path: 'models.providers.lmstudio.baseUrl', value: 'http://127.0.0.1:1234/v1' }],
  },
  {
    path: 'models.providers.lmstudio.api',
    severity: 'warning',
    code: 'api_lmstudio',
    message: 'The api of LM Studio is openai-completions. On WhatsApp people then may see the model think.',
    hint: "Use openai-responses, which keeps a model's thinking apart from its answer.",
    edits: [{ path: 'models.providers.lmstudio.api', value: 'openai-responses' }],
  },
  {
    path: 'models.providers.lmstudio.models[0].contextWindow',
    severity: 'warning',
    code: 'context_above_max',
    message: 'lmstudio-community/minimax-m2.1-mlx-4bit has a context of 196,608 tokens at most, not 1,000,000.',
    hint: 'Set it to what the model has.',
    edits: [{ path: 'models.providers.lmstudio.models[0].contextWindow', value: 196608 }],
  },
  {
    path: 'agents.defaults.model.fallbacks[1]',
    severity: 'warning',
    code: 'no_provider',
    message: 'antropic/claude-sonnet-4-5-20250929: there is no provider "antropic" in this config.',
    hint: 'Did you mean anthropic/claude-sonnet-4-5-20250929?',
    edits: [{ path: 'agents.defaults.model.fallbacks[1]', value: 'anthropic/claude-sonnet-4-5-20250929' }],
  },
  {
    path: 'channels.whatsapp.enabledd',
    severity: 'error',
    code: 'unknown_key',
    message: 'OpenClaw 2026.9.6 does not know this key.',
    hint: 'Remove it, or look at how it is written.',
  },
  {
    path: 'agents.list[1].model',
    severity: 'info',
    code: 'no_fallbacks',
    message: 'The agent "work" has a model of its own and names no fallbacks.',
    hint: 'Give it fallbacks, or leave out its model to use the defaults.',
  },
]

export const faulty = usual
  .replace('http://127.0.0.1:1234/v1', 'http://localhost:1234/v1')
  .replace("api: 'openai-responses'", "api: 'openai-completions'")
  .replace('contextWindow: 131072', 'contextWindow: 1000000')
  .replace("          'anthropic/claude-sonnet", "          'antropic/claude-sonnet")
  .replace('enabled: true', 'enabled: true, enabledd: 1')

/** A config of many lines, for how fast it opens. @param {number} lines */
export function long(lines) {
  const entries = Array.from(
    { length: Math.max(0, lines - 53) },
    (_, i) =>
      `    'entry-${i}': { url: 'https://example.test/hooks/${i}', enabled: ${i % 2 === 0}, retries: ${i % 7} }, // ${i}`,
  )
  return usual.replace('  channels:', `  hooks: {\n${entries.join('\n')}\n  },\n  channels:`)
}

/** @param {import('../src/api/types').ConfigVerdict['code']} code @returns {import('../src/api/types').ConfigVerdict} */
export function verdict(code) {
  const said = {
    pending: 'Waiting for what OpenClaw makes of it.',
    accepted: "OpenClaw's gateway took it over without a restart.",
    restart: "OpenClaw's gateway took it and restarts for it.",
    rejected: "OpenClaw's gateway does not take it: agents.defaults.model: expected object.",
    undone:
      'OpenClaw undid the edit and put its backup in its place. The edit is kept in openclaw.json.clobbered.2026-11-24T09-12-00.',
    replaced: 'The file was written by another program since, and what was edited no longer holds.',
    unknown: 'It is saved. No gateway said anything to it: none may run, or it had this text already.',
  }
  const hint =
    code === 'undone'
      ? 'Put the edit back while the gateway runs: a running gateway takes it over.'
      : code === 'rejected'
        ? 'The gateway goes on with the config before it, and would not start with this one. Restore the version before, or mend it.'
        : undefined
  return { code, at: new Date().toISOString(), text: said[code], ...(hint ? { hint } : {}) }
}
