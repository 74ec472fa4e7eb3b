// The load histories that scenes show.

import { GB, gemma, minimax, qwen } from './models.mjs'
import { at } from './props.mjs'

/** @typedef {import('../src/api/types').Load} Load */

/** @param {number} now @param {Partial<Load>[]} rows @returns {Load[]} */
export const history = (now, rows) =>
  rows.map((row, i) => ({
    id: rows.length - i,
    at: at(now, 60),
    server: 'lmstudio',
    model: minimax,
    instance_id: minimax,
    event: 'loaded',
    cause: 'keep_warm',
    ...row,
  }))

/** @param {number} now @returns {Load[]} */
export const busyDays = (now) =>
  history(now, [
    {
      at: at(now, 3 * 3600 + 700),
      duration_seconds: 41.2,
      context_requested: 131072,
      context_actual: 131072,
      size_bytes: 128.6 * GB,
      estimated_bytes: 162.3 * GB,
      measured_bytes: 172.1 * GB,
      detail: 'It was missing for 8 s after the server came back',
    },
    {
      at: at(now, 3 * 3600 + 760),
      event: 'unloaded',
      cause: 'server_stopped',
      detail: 'The server did not answer from 06:31:07 to 06:44:02',
    },
    {
      at: at(now, 5 * 3600),
      event: 'unloaded',
      cause: 'ttl',
      model: qwen,
      instance_id: qwen,
      detail: 'Idle for 60 min, which is its TTL',
    },
    {
      at: at(now, 6 * 3600 + 60),
      cause: 'openclaw',
      model: qwen,
      instance_id: qwen,
      duration_seconds: 6.4,
      context_actual: 32768,
    },
    {
      at: at(now, 9 * 3600),
      event: 'load_failed',
      cause: 'keep_warm',
      detail: 'insufficient system resources: the guardrail wants 14 GB more',
    },
    {
      at: at(now, 26 * 3600),
      event: 'loaded',
      cause: 'keep_warm',
      duration_seconds: 44,
      context_requested: 131072,
      context_actual: 65536,
      size_bytes: 128.6 * GB,
      estimated_bytes: 145.7 * GB,
    },
    { at: at(now, 26 * 3600 + 400), event: 'unloaded', cause: 'external' },
    { at: at(now, 30 * 3600), event: 'unloaded', cause: 'evicted', model: gemma, instance_id: gemma },
    {
      at: at(now, 31 * 3600),
      cause: 'user',
      model: gemma,
      instance_id: gemma,
      duration_seconds: 0.8,
      context_actual: 8192,
    },
    {
      at: at(now, 50 * 3600),
      event: 'unloaded',
      cause: 'crashed',
      detail: 'Its engine was terminated by signal SIGABRT',
    },
    {
      at: at(now, 50 * 3600 + 99),
      event: 'unloaded',
      cause: 'unknown',
      model: 'gone/old-model-7b',
      instance_id: 'gone/old-model-7b',
    },
    { at: at(now, 90 * 3600), cause: 'already_loaded', context_actual: 131072 },
  ])

/** @param {number} now @returns {Load[]} */
export const longHistory = (now) =>
  history(
    now,
    Array.from({ length: 60 }, (_, i) => ({
      at: at(now, 900 + i * 5400),
      event: i % 2 ? 'unloaded' : 'loaded',
      cause: i % 2 ? 'ttl' : 'openclaw',
      model: i % 3 ? qwen : gemma,
      instance_id: i % 3 ? qwen : gemma,
      ...(i % 2 ? {} : { duration_seconds: 5 + (i % 7) }),
    })),
  )
