// What scenes are made of: a status and its parts, each with some defaults.

import { minimax, models } from './models.mjs'

/** @typedef {import('../src/api/types').Status} Status */
/** @typedef {import('../src/api/types').Server} Server */
/** @typedef {import('../src/api/types').Instance} Instance */
/** @typedef {import('../src/api/types').Keep} Keep */

export const GiB = 2 ** 30

/** @param {number} now @param {number} secondsAgo */
export const at = (now, secondsAgo) => new Date(now - secondsAgo * 1000).toISOString()

/** @param {number} now @param {Partial<Instance>} over @returns {Instance} */
export const instance = (now, over = {}) => ({
  id: minimax,
  context_length: 131072,
  parallel: 4,
  last_used_at: at(now, 130),
  busy: false,
  seen_loaded_at: at(now, 3 * 3600 + 700),
  explicit: true,
  ...over,
})

/** @param {number} now @param {Partial<Server>} over @returns {Server} */
export const server = (now, over = {}) => ({
  id: 'lmstudio',
  kind: 'lmstudio',
  name: 'LM Studio',
  url: 'http://127.0.0.1:1234',
  state: 'up',
  api: 'v1',
  version: '0.4.25',
  checked_at: at(now, 2),
  state_since: at(now, 4 * 3600),
  latency_seconds: 0.012,
  listed_at: at(now, 2),
  models: models(),
  ...over,
})

/** @param {number} now @param {Partial<Keep>} over @returns {Keep} */
export const keep = (now, over = {}) => ({
  server: 'lmstudio',
  model: minimax,
  context_length: 131072,
  policy: 'respect-manual',
  state: 'warm',
  since: at(now, 3 * 3600 + 700),
  instance_id: minimax,
  ...over,
})

/** @param {number} now @returns {Keep} */
export const none = (now) => ({
  server: '',
  model: '',
  policy: 'respect-manual',
  state: 'off',
  since: at(now, 60),
})

/** @param {number} now @returns {NonNullable<Status['machine']>} */
export const machine = (now) => ({
  at: at(now, 2),
  gpus: [
    {
      id: 'AGXAccelerator#0',
      name: 'Apple M3 Ultra',
      vendor: 'apple',
      utilization: 0.37,
      memory_used_bytes: 153 * GiB,
      memory_limit_bytes: 464 * GiB,
      memory_total_bytes: 512 * GiB,
      source: 'iokit',
    },
  ],
  processes: [],
  memory: {
    total_bytes: 512 * GiB,
    used_bytes: 215 * GiB,
    available_bytes: 291 * GiB,
    wired_bytes: 160 * GiB,
    swap_used_bytes: 0,
    pressure: 'normal',
    source: 'host_statistics64',
  },
})

/** @param {number} now @param {Partial<Status>} over @returns {Status} */
export const status = (now, over = {}) => ({
  version: '0.1.0',
  demo: false,
  started_at: at(now, 26 * 3600),
  listen: 'http://127.0.0.1:7456',
  poll_seconds: 5,
  servers: [server(now)],
  keep: keep(now),
  machine: machine(now),
  notices: [],
  ...over,
})

/** Puts instances into a server's models. @param {Server} s @param {Record<string, Instance[]>} loaded */
export function hold(s, loaded) {
  for (const m of s.models) m.instances = loaded[m.key] ?? m.instances
  return s
}

/** @param {number} now @param {Partial<Instance>} over */
export const warmServer = (now, over = {}) => hold(server(now), { [minimax]: [instance(now, over)] })

/** @param {Partial<NonNullable<Status['openclaw']>>} [over] @returns {NonNullable<Status['openclaw']>} */
export const openclaw = (over = {}) => ({
  found: true,
  config_path: '/Users/me/.openclaw/openclaw.json',
  config_valid: true,
  issues: [],
  version: '2026.9.6',
  primary: 'lmstudio/minimax-m2.1',
  fallbacks: ['anthropic/claude-opus-4-6', 'anthropic/claude-sonnet-4-5-20250929'],
  chain: [
    {
      ref: 'lmstudio/minimax-m2.1',
      provider: 'lmstudio',
      model: 'minimax-m2.1',
      base_url: 'http://127.0.0.1:1234/v1',
      local: true,
      server: 'lmstudio',
      key: minimax,
      state: 'warm',
      context_window: 131072,
      timeout_seconds: 30,
    },
    {
      ref: 'anthropic/claude-opus-4-6',
      provider: 'anthropic',
      model: 'claude-opus-4-6',
      local: false,
      alias: 'Opus',
      state: 'hosted',
      context_window: 200000,
    },
    {
      ref: 'anthropic/claude-sonnet-4-5-20250929',
      provider: 'anthropic',
      model: 'claude-sonnet-4-5-20250929',
      local: false,
      state: 'hosted',
    },
  ],
  log_path: '/tmp/openclaw/openclaw-2026-11-24.log',
  log_readable: true,
  gateway: 'up',
  ...over,
})
