// The fallbacks that scenes show.

import { minimax } from './models.mjs'
import { at } from './props.mjs'

/** @typedef {import('../src/api/types').Fallback} Fallback */
/** @typedef {import('../src/api/types').Cause} Cause */
/** @typedef {import('../src/api/types').Pattern} Pattern */
/** @typedef {import('../src/api/types').Remedy} Remedy */

export const refs = {
  minimax: 'lmstudio/minimax-m2.1',
  opus: 'anthropic/claude-opus-4-6',
  sonnet: 'anthropic/claude-sonnet-4-5-20250929',
  qwen: 'openrouter/qwen/qwen3-coder-30b',
}

const target = { model: minimax, server: 'lmstudio' }

/**
 * A cause of each kind: its words, how sure, what there is to press.
 * @type {[Cause['code'], string, Cause['confidence'], Remedy | undefined][]}
 */
const kinds = [
  [
    'server_off',
    "LM Studio's server was off from 10:31 to 10:44",
    'certain',
    {
      text: "Switch LM Studio's server on, and let it start with the app under Developer, Settings.",
      action: 'start_server',
      label: 'Start the server',
      server: 'lmstudio',
    },
  ],
  [
    'app_off',
    'LM Studio was not running from 23:12 to 08:03',
    'certain',
    { text: 'Let LM Studio start at login: Settings, General, Run LLM server on login.' },
  ],
  [
    'model_not_loaded',
    'MiniMax M2.1 was not in memory, and LM Studio loads nothing by itself',
    'certain',
    {
      text: 'Keep it loaded, so that it is there when it is asked.',
      action: 'keep',
      label: 'Keep it loaded',
      ...target,
    },
  ],
  [
    'model_loading',
    'MiniMax M2.1 was just being loaded, which took 41 s',
    'certain',
    {
      text: 'Keep it loaded, so that nobody has to wait for it.',
      action: 'keep',
      label: 'Keep it loaded',
      ...target,
    },
  ],
  [
    'model_crashed',
    "MiniMax M2.1's engine died 2 s before, by SIGABRT",
    'certain',
    {
      text: 'Load it again. If it dies again, update its engine in LM Studio.',
      action: 'load',
      label: 'Load it again',
      ...target,
    },
  ],
  [
    'model_missing',
    'LM Studio has no model called minimax-m2.1-gs32',
    'certain',
    { text: 'Download it in LM Studio, or name another model in `agents.defaults.model.primary`.' },
  ],
  [
    'context_too_small',
    'the conversation needed 52,311 tokens and MiniMax M2.1 is loaded with 4,096',
    'certain',
    {
      text: 'Keep it with a context of 131,072 tokens.',
      action: 'keep_context',
      label: 'Keep it with 131k',
      context_length: 131072,
      ...target,
    },
  ],
  [
    'out_of_memory',
    'LM Studio refused to load MiniMax M2.1: 162 GB are needed and 148 GB were free',
    'certain',
    { text: 'Unload another model, or load it with a smaller context.' },
  ],
  [
    'timeout_cold',
    'loading MiniMax M2.1 took 41 s and OpenClaw waits for 30 s',
    'likely',
    {
      text: 'Let OpenClaw wait for 60 s, which is the p95 of 22 loads and a margin.',
      action: 'raise_timeout',
      label: 'Set 60 s',
      seconds: 60,
    },
  ],
  [
    'timeout_busy',
    'MiniMax M2.1 was answering somebody else for 4 min',
    'likely',
    {
      text: 'Ask it for one token to see whether it still answers.',
      action: 'check',
      label: 'Check it',
      ...target,
    },
  ],
  ['auth', 'Anthropic refused the key', 'certain', { text: 'Put in another key: `openclaw models auth`.' }],
  [
    'rate_limited',
    'Anthropic had too many requests from you in that minute',
    'certain',
    { text: 'Wait, or raise the limit in your account there.' },
  ],
  ['provider_error', 'Anthropic failed by itself, with the status 529', 'certain', undefined],
  ['network', 'api.anthropic.com could not be reached', 'likely', { text: "Look at this machine's network." }],
  [
    'duplicate_instance',
    'a second copy of MiniMax M2.1 with 4,096 tokens got the request',
    'likely',
    { text: 'Unload the smaller copy.', action: 'unload_extra', label: 'Unload the copy', ...target },
  ],
  [
    'unknown',
    'OpenClaw does not say why MiniMax M2.1 failed, and Pilotlight saw nothing that explains it',
    'unknown',
    undefined,
  ],
]

/** What OpenClaw logs, where that is no time-out. @type {Partial<Record<Cause['code'], string>>} */
const logged = {
  context_too_small: 'format, 400',
  model_missing: 'model_not_found, 404',
  auth: 'auth, 401',
  rate_limited: 'rate_limit, 429',
  provider_error: 'overloaded, 529',
}

/** @param {number} now @param {number} ago @param {number} [kind] @returns {Cause} */
export function cause(now, ago, kind = 0) {
  const [code, summary, confidence, remedy] = /** @type {typeof kinds[number]} */ (kinds[kind % kinds.length])
  /** @type {Cause['evidence']} */
  const evidence =
    code === 'unknown'
      ? []
      : [
          ...(code === 'server_off'
            ? [
                /** @type {Cause['evidence'][number]} */ ({
                  kind: 'server_state',
                  at: at(now, ago + 671),
                  text: 'Refused on port 1234, while the app answered on its own port',
                }),
              ]
            : []),
          {
            kind: 'openclaw_log',
            ref: `/tmp/openclaw/openclaw-${at(now, ago).slice(0, 10)}.log:1839204`,
            at: at(now, ago - 3),
            text: `candidate_failed, ${logged[code] ?? 'timeout, 408'}`,
          },
          { kind: 'memory', at: at(now, ago), text: '44 of 512 GB used, pressure normal' },
        ]
  return { code, summary, confidence, evidence, ...(remedy ? { remedy } : {}) }
}

/** @param {number} now @param {number} ago @param {Partial<Fallback>} [over] @returns {Fallback} */
export function fallback(now, ago, over = {}) {
  const requested = over.requested ?? refs.minimax
  const answered = over.answered === undefined ? refs.opus : over.answered
  const lost = over.lost_seconds ?? 74
  return {
    id: 1,
    at: at(now, ago),
    ended_at: at(now, ago - lost - 6),
    source: 'log',
    openclaw_version: '2026.9.6',
    run_id: '1a3481d7-5d0e-4bb2-a3f5-8c2f7c1b9e44',
    session_id: '7c0c2b1e-93b5-4f6e-8a39-1c2c2f3f1a77',
    session_key: 'agent:main:main',
    agent_id: 'main',
    requested,
    answered,
    outcome: 'fell_back',
    reason: 'timeout',
    lost_seconds: lost,
    attempts: [
      {
        model: requested,
        started_at: at(now, ago),
        at: at(now, ago - lost),
        decision: 'failed',
        tries: 6,
        reason: 'timeout',
        status: 408,
        code: 'ECONNREFUSED',
        detail: 'connect ECONNREFUSED 127.0.0.1:1234',
      },
      ...(answered
        ? [
            /** @type {import('../src/api/types').Attempt} */ ({
              model: answered,
              started_at: at(now, ago - lost),
              at: at(now, ago - lost - 6),
              decision: 'succeeded',
              tries: 1,
            }),
          ]
        : []),
    ],
    cause: cause(now, ago),
    ...over,
  }
}

/** @param {Fallback[]} rows newest first @returns {Fallback[]} */
export const numbered = (rows) => rows.map((row, i) => ({ ...row, id: rows.length - i }))

/** Runs of today and yesterday, one of each outcome. @param {number} now @returns {Fallback[]} */
export const few = (now) =>
  numbered([
    fallback(now, 1500),
    fallback(now, 2900, {
      lost_seconds: 31,
      cause: cause(now, 2900, 8),
      session_key: 'agent:main:whatsapp:group:family',
      attempts: [
        {
          model: refs.minimax,
          started_at: at(now, 2900),
          at: at(now, 2869),
          decision: 'failed',
          tries: 1,
          reason: 'timeout',
          status: 408,
          detail: 'LLM request timed out.',
        },
        { model: refs.opus, started_at: at(now, 2869), at: at(now, 2863), decision: 'succeeded', tries: 1 },
      ],
    }),
    fallback(now, 4100, {
      outcome: 'exhausted',
      answered: null,
      lost_seconds: 31,
      reason: 'format',
      cause: cause(now, 4100, 6),
      attempts: [
        {
          model: refs.minimax,
          at: at(now, 4080),
          decision: 'failed',
          reason: 'format',
          status: 400,
          detail: 'The number of tokens to keep from the initial prompt is greater than the context length',
        },
        {
          model: refs.opus,
          at: at(now, 4075),
          decision: 'failed',
          reason: 'auth',
          status: 401,
          code: 'invalid_api_key',
        },
        { model: refs.sonnet, at: at(now, 4075), decision: 'skipped', reason: 'cooldown' },
      ],
    }),
    fallback(now, 86400 + 900, {
      outcome: 'stopped',
      answered: null,
      lost_seconds: 212,
      agent_id: 'work',
      session_key: 'agent:work:main',
      cause: cause(now, 86400 + 900, 9),
      attempts: [
        {
          model: refs.minimax,
          started_at: at(now, 86400 + 900),
          at: at(now, 86400 + 688),
          decision: 'failed',
          tries: 1,
          reason: 'timeout',
          status: 408,
          detail: 'LLM request timed out.',
        },
      ],
    }),
    fallback(now, 86400 * 3 + 900, {
      outcome: 'error_as_reply',
      answered: null,
      lost_seconds: 4,
      source: 'transcript',
      openclaw_version: '2026.2.9',
      run_id: undefined,
      cause: cause(now, 86400 * 3 + 900, 1),
      attempts: [],
    }),
    fallback(now, 86400 * 9, {
      lost_seconds: undefined,
      session_key: undefined,
      session_id: undefined,
      agent_id: undefined,
      cause: cause(now, 86400 * 9, 15),
    }),
  ]).map((f) => (f.cause.code === 'unknown' ? { ...f, lost_seconds: undefined } : f))

/** Every cause in turn, over 26 weeks and more. @param {number} now @param {number} count @returns {Fallback[]} */
export const plenty = (now, count) => {
  const answers = [refs.opus, refs.opus, refs.opus, refs.qwen, refs.sonnet]
  const asked = [refs.minimax, refs.minimax, refs.minimax, refs.opus]
  return numbered(
    Array.from({ length: count }, (_, i) => {
      // Few long ago, many of late, and two days of three without any.
      const chance = ((i * 2654435761) % 2 ** 32) / 2 ** 32
      const spread = Math.floor(chance ** 1.6 * 170)
      const ago = 1200 + (spread - (spread % 3)) * 86400 + ((i * 7919) % 36_000)
      const dead = i % 11 === 4
      const requested = asked[i % asked.length]
      const answered = answers[i % answers.length]
      return fallback(now, ago, {
        requested,
        answered: dead ? null : answered === requested ? refs.sonnet : answered,
        outcome: dead ? 'exhausted' : i % 37 === 9 ? 'stopped' : 'fell_back',
        lost_seconds: 4 + ((i * 37) % 300),
        session_key: `agent:main:${['main', 'whatsapp:group:family', 'telegram:direct:1'][i % 3]}`,
        cause: cause(now, ago, i),
      })
    }).sort((a, b) => Date.parse(b.at) - Date.parse(a.at)),
  )
}

/** A pattern of each kind. @param {number} now @returns {Pattern[]} */
export const patterns = (now) => [
  {
    code: 'cold_timeout',
    level: 'warn',
    text: 'Loading MiniMax M2.1 takes up to 41 s, and OpenClaw waits 30 s.',
    hint: 'Asked while it is not loaded, it fails before it is there.',
    model: refs.minimax,
    count: 4,
    remedy: {
      text: '60 s would have saved 4 fallbacks this week: the p95 of 22 loads and a margin.',
      action: 'raise_timeout',
      label: 'Set 60 s',
      seconds: 60,
    },
  },
  {
    code: 'stuck_on_fallback',
    level: 'error',
    text: 'A session stays on Opus, though MiniMax M2.1 is well again',
    hint: 'Type `/model default` in it, or begin a new one with `/new`.',
    session: 'agent:main:whatsapp:group:family',
    since: at(now, 5 * 3600),
  },
  {
    code: 'load_storm',
    level: 'warn',
    text: 'MiniMax M2.1 was loaded 14 times within an hour',
    hint: 'Something else on this machine takes its memory. Keep one of them only.',
    model: refs.minimax,
    count: 14,
    since: at(now, 7200),
  },
  {
    code: 'duplicate_instance',
    level: 'warn',
    text: 'MiniMax M2.1 is in memory twice, once with 4k of context',
    remedy: {
      text: 'Requests may go to either copy.',
      action: 'unload_extra',
      label: 'Unload the copy',
      ...target,
    },
  },
  {
    code: 'repeated_failure',
    level: 'warn',
    text: "LM Studio's server was off 6 times this week",
    hint: 'Let it start with the app: Developer, Settings.',
    model: refs.minimax,
    count: 6,
  },
  { code: 'time_lost', level: 'info', text: 'Fallbacks cost about 12 min a day', count: 12 },
]
