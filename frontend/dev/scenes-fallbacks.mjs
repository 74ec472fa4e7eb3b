// Scenes of an agent that falls back, and of an OpenClaw that cannot be seen.

import { fallback, few, numbered, patterns, plenty, refs } from './fallbacks.mjs'
import { busyDays } from './loads.mjs'
import { minimax } from './models.mjs'
import { at, hold, instance, openclaw, server, status, warmServer } from './props.mjs'

/** @typedef {import('./scenes.mjs').Scene} Scene */
/** @typedef {import('../src/api/types').Fallback} Fallback */

/** @param {number} now @param {Fallback[]} fallbacks @param {Partial<Scene['status']>} [over] @returns {Scene} */
const scene = (now, fallbacks, over = {}) => ({
  status: status(now, { servers: [warmServer(now)], openclaw: openclaw(), ...over }),
  loads: busyDays(now),
  fallbacks,
})

const broken = {
  code: 'internal',
  status: 500,
  detail: 'Something went wrong inside Pilotlight.',
  hint: "Look into agent.log in Pilotlight's state folder: the cause is written there.",
}

const long =
  'openrouter/some-maker-with-a-very-long-name/deepseek-r1-distill-qwen-32b-instruct-abliterated-q4_k_m-imatrix:free'

/** @type {Record<string, (now: number) => Scene>} */
export const fallbackScenes = {
  'fallbacks-none': (now) => scene(now, []),
  'fallbacks-few': (now) => ({ ...scene(now, few(now)), unseen: true, story: 4 }),
  'fallbacks-many': (now) => ({
    ...scene(now, plenty(now, 480)),
    patterns: patterns(now).slice(0, 1),
    places: ['fallbacks', 'fallbacks/300'],
    story: 300,
  }),
  'fallbacks-ten-thousand': (now) => ({ ...scene(now, plenty(now, 10_000)), places: ['fallbacks'] }),
  'fallbacks-patterns': (now) => ({
    ...scene(now, few(now), {
      servers: [
        hold(server(now), {
          [minimax]: [
            instance(now),
            instance(now, { id: `${minimax}:2`, context_length: 4096, seen_loaded_at: at(now, 900) }),
          ],
        }),
      ],
    }),
    patterns: patterns(now),
    story: 1,
  }),
  'fallbacks-errors': (now) => ({
    ...scene(now, few(now)),
    story: 6,
    refuse: {
      'GET /api/fallbacks': broken,
      'GET /api/fallbacks/summary': broken,
      'GET /api/settings': broken,
      'POST /api/fallbacks/6/fix': {
        code: 'app_off',
        status: 409,
        detail: 'LM Studio is not running, so its server cannot be started.',
        hint: 'Start LM Studio first.',
      },
    },
  }),
  'fallbacks-refused': (now) => ({
    ...scene(now, few(now)),
    places: ['fallbacks/5'],
    refuse: {
      'POST /api/fallbacks/6/fix': {
        code: 'app_off',
        status: 409,
        detail: 'LM Studio is not running, so its server cannot be started.',
        hint: 'Start LM Studio first.',
      },
      'PUT /api/settings': {
        code: 'invalid',
        status: 422,
        detail: 'The quiet hours end when they begin.',
        hint: 'Choose another end.',
      },
    },
  }),
  'fallbacks-long-names': (now) => ({
    ...scene(
      now,
      numbered([
        fallback(now, 900, {
          requested: long,
          answered: `${long}-2`,
          session_key: `agent:main:whatsapp:group:${'120363'.repeat(9)}`,
        }),
      ]),
      {
        openclaw: openclaw({
          chain: [
            { ref: long, provider: 'openrouter', model: long.slice(11), local: false, state: 'hosted' },
            ...openclaw().chain,
          ],
        }),
      },
    ),
    story: 1,
  }),
  'fallbacks-stale': (now) => ({ ...scene(now, few(now)), dies: true }),
  'chain-troubles': (now) => ({
    ...scene(now, few(now).slice(3), {
      servers: [
        hold(server(now), { [minimax]: [instance(now, { context_length: 65536, busy: true })] }),
        server(now, { id: 'gpu', name: 'GPU box', url: 'http://10.0.0.7:1234', state: 'down', models: [] }),
      ],
      openclaw: openclaw({
        gateway: 'down',
        chain: [
          ...openclaw().chain.slice(0, 1),
          {
            ref: 'gpu/glm-4.6',
            provider: 'gpu',
            model: 'glm-4.6',
            local: true,
            server: 'gpu',
            state: 'down',
          },
          {
            ref: 'lmstudio/gone',
            provider: 'lmstudio',
            model: 'gone',
            local: true,
            server: 'lmstudio',
            state: 'missing',
          },
          {
            ref: refs.qwen,
            provider: 'openrouter',
            model: 'qwen/qwen3-coder-30b',
            local: false,
            state: 'hosted',
          },
          {
            ref: 'box/x',
            provider: 'box',
            model: 'x',
            base_url: 'http://10.0.0.9:8000',
            local: false,
            state: 'elsewhere',
          },
        ],
      }),
    }),
    places: ['now'],
  }),
  'openclaw-missing': (now) =>
    scene(now, [], {
      openclaw: openclaw({
        found: false,
        config_valid: false,
        version: undefined,
        chain: [],
        log_readable: false,
        gateway: 'unknown',
      }),
    }),
  'openclaw-invalid': (now) => ({
    ...scene(now, few(now).slice(3), {
      openclaw: openclaw({
        config_valid: false,
        chain: [],
        primary: undefined,
        issues: [
          { path: '', message: "line 14: a comma is missing after 'primary'" },
          { path: 'models.providers.lmstudio.models[0].contextWindow', message: 'is not a number' },
        ],
      }),
    }),
    places: ['now'],
  }),
  'openclaw-log-unreadable': (now) => ({
    ...scene(now, few(now).slice(3), {
      openclaw: openclaw({
        log_readable: false,
        log_error: {
          code: 'unreadable',
          message: "OpenClaw's log belongs to another user",
          hint: 'Start Pilotlight as the user who runs OpenClaw.',
        },
      }),
    }),
    places: ['now'],
  }),
  'openclaw-no-log': (now) => scene(now, [], { openclaw: openclaw({ log_readable: false }) }),
}
