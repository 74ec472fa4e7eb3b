// Scenes of OpenClaw's config: as it should be, broken, locked, missing, and
// what became of edits.

import { faulty, issues, long, path, usual, verdict } from './config.mjs'
import { busyDays } from './loads.mjs'
import { minimax } from './models.mjs'
import { unified } from './play-config.mjs'
import { at, openclaw, status, warmServer } from './props.mjs'

/** @typedef {import('./scenes.mjs').Scene} Scene */
/** @typedef {import('./play-config.mjs').File} File */
/** @typedef {import('../src/api/types').Revision} Revision */

/** @param {number} now @param {File} config @param {Partial<Scene>} [over] @returns {Scene} */
const scene = (now, config, over = {}) => ({
  status: status(now, { servers: [warmServer(now)], openclaw: openclaw() }),
  loads: busyDays(now),
  places: ['config'],
  config,
  ...over,
})

const other = usual.replace("alias: 'Opus'", "alias: 'Big'")

/** @param {number} now @param {number} id @param {number} ago @param {Partial<Revision>} [over] @returns {Revision} */
const revision = (now, id, ago, over = {}) => ({
  id,
  at: at(now, ago),
  author: 'pilotlight-page',
  path,
  hash: `${id}`.padStart(64, '0'),
  bytes: usual.length,
  text: other,
  diff: unified(usual, other),
  ...over,
})

/** @param {number} now @param {number} count @returns {Revision[]} */
const revisions = (now, count) => {
  const authors = /** @type {const} */ (['pilotlight-page', 'outside', 'pilotlight-cli', 'pilotlight-agent'])
  const codes = /** @type {const} */ (['accepted', 'restart', 'rejected', 'unknown', 'replaced', 'undone'])
  return Array.from({ length: count }, (_, i) => {
    const author = authors[i % 4] ?? 'outside'
    return revision(now, count - i, 900 + i * 40_000, {
      author,
      ...(author === 'outside'
        ? {}
        : {
            note: `Fallback: Claude Opus 4.6; Local is another name for lmstudio/${minimax}`,
            verdict: verdict(codes[i % 6] ?? 'accepted'),
          }),
      ...(i === count - 1 ? { diff: '' } : {}),
    })
  })
}

/** @type {import('../src/api/types').Recipe[]} */
const recipes = [
  {
    id: 'local-only',
    title: 'Only a local model, over the Responses API',
    text: 'LM Studio answers everything, and nothing leaves this machine. There is no fallback: when LM Studio is down, so is the agent.',
    available: true,
    notes: ['The agent "work" has a model of its own; this does not change it.'],
    edits: [{ path: 'agents.defaults.model.fallbacks', value: [] }],
  },
  {
    id: 'hosted-first',
    title: 'Hosted model first, local model behind it',
    text: 'The hosted model answers. When it is down or out of quota, LM Studio steps in, then what was a fallback before.',
    available: true,
    edits: [
      { path: 'agents.defaults.model.primary', value: 'anthropic/claude-opus-4-6' },
      {
        path: 'agents.defaults.model.fallbacks',
        value: [`lmstudio/${minimax}`, 'anthropic/claude-sonnet-4-5-20250929', 'openrouter/qwen/qwen3-coder-30b'],
      },
    ],
  },
  {
    id: 'local-first',
    title: 'Local model first, hosted models as a safety net',
    text: 'LM Studio answers. When it is down, the hosted models step in, in the order they have now.',
    available: true,
    edits: [],
  },
  {
    id: 'openai-compatible',
    title: 'Another OpenAI-compatible server first',
    text: 'vLLM, LiteLLM, OAI-proxy or a gateway of your own answers at its /v1 endpoint.',
    available: false,
    why_not: 'Pilotlight watches no other OpenAI-compatible server that lists a model.',
    edits: [],
  },
]

const broken = {
  code: 'internal',
  status: 500,
  detail: 'Something went wrong inside Pilotlight.',
  hint: "Look into agent.log in Pilotlight's state folder: the cause is written there.",
}

/** @type {Record<string, (now: number) => Scene>} */
export const configScenes = {
  config: (now) => scene(now, { text: usual, recipes }),
  'config-issues': (now) => scene(now, { text: faulty, issues, recipes }),
  'config-broken': (now) =>
    scene(now, {
      text: usual.replace(
        "primary: 'lmstudio/lmstudio-community/minimax-m2.1-mlx-4bit',",
        "primary: 'lmstudio/minimax-m2.1,",
      ),
      revisions: revisions(now, 2),
    }),
  'config-missing': (now) =>
    scene(
      now,
      { text: null },
      {
        status: status(now, { servers: [warmServer(now)], openclaw: openclaw({ found: false, chain: [] }) }),
      },
    ),
  'config-locked': (now) =>
    scene(now, {
      text: usual,
      recipes,
      locked: {
        code: 'refused',
        message: 'Another program manages this config: OPENCLAW_NIX_MODE is set.',
        hint: "Change it there. Without OPENCLAW_NIX_MODE in Pilotlight's environment it can be edited here.",
      },
    }),
  'config-undone': (now) =>
    scene(now, {
      text: usual,
      revisions: [
        revision(now, 3, 200, { author: 'outside', text: usual, diff: unified(other, usual) }),
        revision(now, 2, 400, {
          note: 'Big is another name for anthropic/claude-opus-4-6',
          verdict: verdict('undone'),
        }),
        revision(now, 1, 90_000, { author: 'outside', diff: '', text: usual }),
      ],
    }),
  'config-rejected': (now) => scene(now, { text: usual, verdict: 'rejected', recipes }),
  'config-revisions': (now) => scene(now, { text: usual, revisions: revisions(now, 60), recipes: [] }),
  'config-long': (now) => scene(now, { text: long(5000) }),
  'config-long-names': (now) => {
    const name = 'some-maker-with-a-very-long-name/deepseek-r1-distill-qwen-32b-instruct-abliterated-q4_k_m-imatrix'
    return scene(now, { text: usual.replaceAll('anthropic/claude-opus-4-6', `openrouter/${name}`), recipes })
  },
  'config-errors': (now) =>
    scene(now, { text: usual }, { refuse: { 'GET /api/config': broken, 'GET /api/config/revisions': broken } }),
  'config-refused': (now) =>
    scene(
      now,
      { text: usual, recipes },
      {
        refuse: {
          'PUT /api/config/text': {
            code: 'refused',
            status: 409,
            detail: 'The disk is full, so the config could not be written. The old file stands.',
            hint: 'Free some space and save again.',
          },
          'GET /api/recipes': broken,
        },
      },
    ),
  'config-stale': (now) => scene(now, { text: usual, recipes }, { dies: true }),
  'config-demo': (now) =>
    scene(
      now,
      { text: usual, recipes },
      { status: status(now, { demo: true, servers: [warmServer(now)], openclaw: openclaw() }) },
    ),
}
