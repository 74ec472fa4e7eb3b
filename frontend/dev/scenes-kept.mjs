// Scenes of a kept model, through all its states.

import { busyDays } from './loads.mjs'
import { minimax, qwen } from './models.mjs'
import { GiB, at, instance, server, keep, none, status, hold, machine, warmServer } from './props.mjs'

/** @type {Record<string, (now: number) => import('./scenes.mjs').Scene>} */
export const keptScenes = {
  warm: (now) => ({ status: status(now, { servers: [warmServer(now)] }), loads: busyDays(now) }),
  answering: (now) => ({
    status: status(now, {
      servers: [
        hold(server(now), {
          [minimax]: [instance(now, { busy: true, last_used_at: at(now, 1) })],
          [qwen]: [
            instance(now, {
              id: qwen,
              context_length: 32768,
              explicit: false,
              ttl_seconds: 3600,
              last_used_at: at(now, 3550),
              expires_at: at(now, -50),
              seen_loaded_at: at(now, 7000),
            }),
          ],
          'text-embedding-nomic-embed-text-v1.5': [
            instance(now, {
              id: 'text-embedding-nomic-embed-text-v1.5',
              context_length: 2048,
              explicit: null,
              busy: null,
              last_used_at: undefined,
            }),
          ],
        }),
      ],
    }),
    loads: busyDays(now),
  }),
  duplicate: (now) => ({
    status: status(now, {
      servers: [
        hold(server(now), {
          [minimax]: [
            instance(now),
            instance(now, {
              id: `${minimax}:2`,
              context_length: 4096,
              busy: null,
              last_used_at: undefined,
              seen_loaded_at: at(now, 900),
            }),
          ],
        }),
      ],
      machine: {
        ...machine(now),
        memory: {
          ...machine(now).memory,
          total_bytes: 512 * GiB,
          used_bytes: 470 * GiB,
          available_bytes: 38 * GiB,
          swap_used_bytes: 6 * GiB,
          pressure: 'warning',
          source: 'host_statistics64',
        },
      },
      notices: [
        {
          id: 'dup',
          at: at(now, 900),
          level: 'warn',
          code: 'duplicate_instance',
          text: 'MiniMax M2.1 is loaded twice; requests may go to either copy.',
          hint: 'Unload the copy with 4k context.',
        },
        {
          id: 'ctx',
          at: at(now, 11000),
          level: 'info',
          code: 'context_smaller',
          text: 'LM Studio gave 131k of the context, as wanted.',
        },
        {
          id: 'swap',
          at: at(now, 300),
          level: 'error',
          code: 'swap',
          text: 'The machine swaps 6 GB to disk. Answers get slow.',
        },
      ],
    }),
    loads: busyDays(now),
    refuse: {
      'POST /api/models/unload': {
        code: 'busy',
        status: 409,
        detail: 'The instance is answering someone.',
        hint: 'Wait until it is done, or send force to go ahead anyway.',
      },
    },
  }),
  crashed: (now) => ({
    status: status(now, {
      servers: [warmServer(now, { crashed: true })],
      keep: keep(now, {
        state: 'blocked',
        reason: {
          code: 'model_crashed',
          message: 'MiniMax M2.1 crashed twice within 10 minutes',
          hint: 'Try a smaller context length, or update the runtime in LM Studio.',
        },
      }),
    }),
    loads: busyDays(now),
  }),
  loading: (now) => ({
    status: status(now, {
      keep: keep(now, {
        state: 'loading',
        instance_id: undefined,
        loading_since: at(now, 24),
        expected_seconds: 41.3,
        since: at(now, 24),
      }),
    }),
    loads: busyDays(now),
  }),
  'loading-progress': (now) => ({
    status: status(now, {
      keep: keep(now, {
        state: 'loading',
        instance_id: undefined,
        progress: 0.64,
        loading_since: at(now, 26),
        expected_seconds: 41.3,
      }),
    }),
    loads: [],
  }),
  'loading-first': (now) => ({
    status: status(now, {
      keep: keep(now, { state: 'loading', instance_id: undefined, loading_since: at(now, 8) }),
    }),
    loads: [],
  }),
  waiting: (now) => ({
    status: status(now, {
      keep: keep(now, {
        state: 'waiting',
        instance_id: undefined,
        next_attempt_at: at(now, -38),
        reason: {
          code: 'load_failed',
          message: 'the last load failed: the engine was terminated by SIGABRT',
          hint: 'Try a smaller context length, or load the model in LM Studio to see its own message.',
        },
      }),
    }),
    loads: busyDays(now),
  }),
  'server-off': (now) => ({
    status: status(now, {
      servers: [
        server(now, {
          state: 'server_off',
          state_since: at(now, 780),
          error: { code: 'server_off', message: "LM Studio's server is off" },
        }),
      ],
      keep: keep(now, {
        state: 'waiting',
        instance_id: undefined,
        reason: { code: 'server_off', message: "LM Studio's server is off" },
      }),
    }),
    loads: busyDays(now),
  }),
  down: (now) => ({
    status: status(now, {
      servers: [
        server(now, {
          state: 'down',
          api: null,
          version: undefined,
          state_since: at(now, 90000),
          listed_at: undefined,
          models: [],
        }),
      ],
      keep: none(now),
    }),
    loads: [],
  }),
  'needs-token': (now) => ({
    status: status(now, {
      servers: [
        server(now, {
          state: 'needs_token',
          models: [],
          version: undefined,
          error: { code: 'needs_token', message: 'LM Studio wants an API token' },
        }),
      ],
      keep: keep(now, {
        state: 'blocked',
        instance_id: undefined,
        reason: {
          code: 'needs_token',
          message: 'LM Studio wants an API token, and Pilotlight has none',
          hint: 'Set LM_API_TOKEN.',
        },
      }),
    }),
    loads: [],
  }),
  unknown: (now) => ({
    status: status(now, {
      servers: [server(now, { state: 'unknown', api: null, checked_at: null, version: undefined, models: [] })],
      keep: none(now),
      machine: undefined,
    }),
    loads: [],
  }),
  'blocked-memory': (now) => ({
    status: status(now, {
      servers: [hold(server(now), { [qwen]: [instance(now, { id: qwen })] })],
      keep: keep(now, {
        state: 'blocked',
        instance_id: undefined,
        reason: {
          code: 'guardrail',
          message: 'LM Studio refused to load MiniMax M2.1: it wants 162 GB, and 148 GB are free',
          hint: 'Unload Qwen3 Coder 30B, choose a smaller context length, or relax the guardrail under Settings, Hardware in LM Studio.',
        },
      }),
      machine: {
        ...machine(now),
        memory: { total_bytes: 192 * GiB, used_bytes: 44 * GiB, pressure: null, source: 'proc' },
      },
    }),
    loads: busyDays(now),
  }),
  paused: (now) => ({
    status: status(now, {
      servers: [warmServer(now)],
      keep: keep(now, { state: 'paused', paused_until: at(now, -3300) }),
    }),
    loads: busyDays(now),
  }),
  'needs-word': (now) => ({
    status: status(now, {
      servers: [warmServer(now, { context_length: 4096, busy: null, last_used_at: undefined })],
      keep: keep(now, {
        state: 'blocked',
        instance_id: undefined,
        reason: {
          code: 'confirm_replace',
          message: 'MiniMax M2.1 is loaded with a context of 4096 tokens; 131072 are wanted.',
          hint: 'The server does not tell whether it is answering someone. Replace it when you know that it is not, or keep it with a smaller context.',
        },
      }),
    }),
    loads: busyDays(now),
  }),
  'warm-but-expiring': (now) => ({
    status: status(now, {
      servers: [warmServer(now, { explicit: false, ttl_seconds: 3600, expires_at: at(now, -3470) })],
    }),
    loads: busyDays(now),
  }),
  'history-damaged': (now) => ({
    status: status(now, {
      servers: [warmServer(now)],
      notices: [
        {
          id: 'store_set_aside',
          code: 'history_set_aside',
          level: 'error',
          text: 'The history was damaged (the file is not a database). Pilotlight started a new one.',
          hint: `${minimax} is kept loaded as before. The damaged file was kept as /Users/me/Library/Application Support/Pilotlight/pilotlight.db.damaged-20261130-070312-which-goes-on-and-on-and-on.`,
          at: at(now, 400),
        },
      ],
    }),
    loads: [],
    places: ['now'],
  }),
  'paused-by-hand': (now) => ({
    status: status(now, {
      keep: keep(now, {
        state: 'paused',
        instance_id: undefined,
        paused_until: at(now, -1500),
        reason: {
          code: 'ejected',
          message: 'somebody unloaded MiniMax M2.1 outside Pilotlight at 10:42',
          hint: 'Resume to load it again now, or choose to always keep it loaded.',
        },
      }),
    }),
    loads: busyDays(now),
  }),
}
