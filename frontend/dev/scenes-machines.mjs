// Scenes with other machines beside this one.

import { refs } from './fallbacks.mjs'
import { busyDays } from './loads.mjs'
import { minimax, qwen } from './models.mjs'
import { GiB, at, hold, instance, keep, machine, none, server, status, warmServer } from './props.mjs'

/** @typedef {import('../src/api/types').Peer} Peer */

/** The part of a server's models that a peer tells. @param {import('../src/api/types').Server} s @param {string} [kept] */
const seenOf = (s, kept) => ({ ...s, models: s.models.filter((m) => m.instances.length > 0 || m.key === kept) })

/** @param {number} now @param {Partial<Peer>} over @returns {Peer} */
const peer = (now, over = {}) => ({
  id: 'p1',
  name: 'mac-studio-2',
  url: 'http://192.168.1.20:7456',
  rights: 'full',
  state: 'up',
  state_since: at(now, 26 * 3600),
  checked_at: at(now, 3),
  seen_at: at(now, 3),
  latency_seconds: 0.004,
  version: '0.1.0',
  seen: {
    servers: [seenOf(warmServer(now, { last_used_at: at(now, 30) }))],
    keep: keep(now),
    machine: machine(now),
    fallbacks_today: 2,
    last_fallback: {
      id: 7,
      at: at(now, 5400),
      source: 'log',
      requested: refs.minimax,
      answered: refs.opus,
      outcome: 'fell_back',
      reason: 'timeout',
      attempts: [],
      cause: { code: 'server_off', summary: "LM Studio's server was off", confidence: 'certain', evidence: [] },
    },
  },
  ...over,
})

/** @param {number} now @returns {Peer} */
const gpuBox = (now) =>
  peer(now, {
    id: 'p2',
    name: 'gpu-box',
    url: 'https://gpu.example:443',
    rights: 'read',
    seen: {
      servers: [seenOf(server(now), qwen)],
      keep: keep(now, {
        model: qwen,
        state: 'loading',
        instance_id: undefined,
        loading_since: at(now, 21),
        expected_seconds: 60,
      }),
      machine: {
        ...machine(now),
        memory: { total_bytes: 128 * GiB, used_bytes: 117 * GiB, pressure: null, source: 'gopsutil' },
        gpus: [
          {
            name: 'NVIDIA H200',
            vendor: 'nvidia',
            utilization: 0.93,
            memory_used_bytes: 121 * GiB,
            memory_total_bytes: 141 * GiB,
            source: 'nvml',
          },
        ],
      },
    },
  })

/** @param {number} now @returns {Peer} */
const lost = (now) =>
  peer(now, {
    id: 'p3',
    name: 'attic',
    url: 'http://10.0.0.9:7456',
    state: 'down',
    state_since: at(now, 3 * 3600),
    seen_at: at(now, 3 * 3600 + 20),
    latency_seconds: undefined,
    error: {
      code: 'timeout',
      message: 'Nothing answers at http://10.0.0.9:7456 in time.',
      hint: 'Check that the other machine is on and awake, and that no firewall stands between.',
    },
  })

/** @param {number} now @returns {Peer} */
const locked = (now) =>
  peer(now, {
    id: 'p4',
    name: 'a machine with a very long name that somebody once thought was funny 🔥',
    url: 'http://10.0.0.12:7456',
    rights: undefined,
    state: 'needs_token',
    state_since: at(now, 600),
    seen: undefined,
    seen_at: undefined,
    error: {
      code: 'needs_token',
      message: 'The Pilotlight at http://10.0.0.12:7456 does not accept this token.',
      hint: 'On that machine run: pilotlight token --read (or pilotlight token, to act there too), and give the token here.',
    },
  })

/** @type {Record<string, (now: number) => import('./scenes.mjs').Scene>} */
export const machineScenes = {
  'two-machines': (now) => ({
    status: status(now, { servers: [warmServer(now)], peers: [peer(now)] }),
    loads: busyDays(now),
    places: ['now', 'models'],
  }),
  machines: (now) => ({
    status: status(now, {
      servers: [hold(server(now), { [minimax]: [instance(now)] })],
      peers: [
        peer(now),
        gpuBox(now),
        lost(now),
        locked(now),
        peer(now, {
          id: 'p5',
          name: 'mini',
          rights: 'full',
          seen: { servers: [seenOf(server(now))], keep: none(now) },
        }),
        peer(now, { id: 'p6', name: 'old', version: '0.0.1', rights: undefined, seen: { servers: [] } }),
        peer(now, {
          id: 'p7',
          name: 'new',
          state: 'unknown',
          state_since: undefined,
          seen: undefined,
          seen_at: undefined,
        }),
      ],
    }),
    loads: busyDays(now),
    places: ['now'],
  }),
}
