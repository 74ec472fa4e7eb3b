// Scenes of machines whose memory differs: GPUs with memory of their own, and
// what cannot be read.

import { busyDays } from './loads.mjs'
import { models, qwen } from './models.mjs'
import { GiB, hold, instance, keep, machine, server, status, warmServer } from './props.mjs'

/** @typedef {import('../src/api/types').GPU} GPU */

/** @param {number} i @param {Partial<GPU>} over @returns {GPU} */
const nvidia = (i, over = {}) => ({
  id: `GPU-5c2f${i}`,
  name: 'NVIDIA RTX 6000 Ada',
  vendor: 'nvidia',
  utilization: 0.64,
  memory_used_bytes: 31.5 * GiB,
  memory_total_bytes: 48 * GiB,
  power_watts: 212,
  temperature_celsius: 61,
  source: 'nvml',
  ...over,
})

const box = {
  total_bytes: 128 * GiB,
  used_bytes: 19 * GiB,
  available_bytes: 101 * GiB,
  cached_bytes: 42 * GiB,
  swap_used_bytes: 0,
  pressure: null,
  source: 'gopsutil',
}

/** @param {number} now */
const qwenServer = (now) =>
  hold(server(now, { models: models().slice(1) }), { [qwen]: [instance(now, { id: qwen, context_length: 65536 })] })
/** @param {number} now */
const qwenKept = (now) => keep(now, { model: qwen, instance_id: qwen, context_length: 65536 })

/** @type {Record<string, (now: number) => import('./scenes.mjs').Scene>} */
export const memoryScenes = {
  'gpu-one': (now) => ({
    status: status(now, {
      servers: [qwenServer(now)],
      keep: qwenKept(now),
      machine: { ...machine(now), gpus: [nvidia(0)], memory: box },
    }),
    loads: busyDays(now),
  }),
  'gpu-two': (now) => ({
    status: status(now, {
      servers: [qwenServer(now)],
      keep: qwenKept(now),
      machine: {
        ...machine(now),
        gpus: [
          nvidia(0),
          nvidia(1, { utilization: 0.04, memory_used_bytes: 2.1 * GiB }),
          nvidia(2, { utilization: undefined, memory_used_bytes: undefined }),
        ],
        memory: { ...box, used_bytes: 121 * GiB, swap_used_bytes: 9 * GiB, pressure: 'critical' },
      },
    }),
    loads: busyDays(now),
  }),
  'gpu-eight': (now) => ({
    status: status(now, {
      servers: [qwenServer(now)],
      keep: qwenKept(now),
      machine: {
        ...machine(now),
        gpus: Array.from({ length: 8 }, (_, i) =>
          nvidia(i, { utilization: 0.11 * i, memory_used_bytes: (2 + 6 * i) * GiB }),
        ),
        memory: { ...box, total_bytes: 2048 * GiB, used_bytes: 311 * GiB },
      },
    }),
    loads: busyDays(now),
  }),
  'memory-unread': (now) => ({
    status: status(now, { servers: [warmServer(now)], machine: { ...machine(now), gpus: [], memory: undefined } }),
    loads: [],
    noPast: true,
    places: ['now'],
  }),
  'memory-little-known': (now) => ({
    status: status(now, {
      servers: [warmServer(now)],
      machine: {
        ...machine(now),
        gpus: [{ id: 'AGXAccelerator#0', name: 'Apple M3 Ultra', vendor: 'apple', source: 'ioreg' }],
        memory: { total_bytes: 512 * GiB, used_bytes: 215 * GiB, pressure: null, source: 'host_statistics64' },
      },
    }),
    loads: [],
    noPast: true,
  }),
  'memory-full': (now) => ({
    status: status(now, {
      servers: [warmServer(now)],
      machine: {
        ...machine(now),
        gpus: machine(now).gpus.map((g) => ({ ...g, memory_used_bytes: 451 * GiB, utilization: 0.98 })),
        memory: {
          ...machine(now).memory,
          total_bytes: 512 * GiB,
          used_bytes: 498 * GiB,
          swap_used_bytes: 21 * GiB,
          pressure: 'critical',
          source: 'host_statistics64',
        },
      },
    }),
    loads: busyDays(now),
  }),
}
