// What the stand-in agent says of a load: the agent's own reckoning in small,
// for models whose shape is given here.

import { gemma, minimax, qwen } from './models.mjs'
import { GiB } from './props.mjs'

/** @typedef {import('../src/api/types').WhatIf} WhatIf */
/** @typedef {import('../src/api/types').Status} Status */
/** @typedef {import('../src/api/types').Fit} Fit */

/** Bytes of cache a token. @type {Record<string, number>} */
const perToken = { [minimax]: 253952, [qwen]: 98304, [gemma]: 26624, 'minimax-m2.1-iq2': 253952, 'glm-4.6-q3': 376832 }
/** @type {Record<string, {ratio: number, loads: number}>} */
const learned = { [minimax]: { ratio: 1.06, loads: 3 } }

/** @param {Status} status @param {URLSearchParams} query @returns {WhatIf | undefined} */
export function whatIf(status, query) {
  const server = status.servers.find((s) => s.id === (query.get('server') ?? status.servers[0]?.id))
  const model = server?.models.find((m) => m.key === query.get('model'))
  if (!server || !model) return undefined
  const most = model.max_context_length
  const asked = query.get('context_length')
  const answer = { server: server.id, model: model.key, max_context_length: most }
  if (!model.size_bytes) return answer
  const each = perToken[model.key]
  const mine = model.instances.length > 0 ? model.size_bytes : 0
  const pool = poolOf(status, mine)
  const context = asked ? Number(asked) : each === undefined ? undefined : 32768
  /** @param {number | undefined} n @returns {Fit} */
  const fit = (n) => fitAt(model.size_bytes ?? 0, each, n, pool, learned[model.key], model.format === 'mlx')
  if (!query.get('curve') || !most || each === undefined) return { ...answer, fit: fit(context) }
  const at = [512, ...changes((n) => fit(n).verdict, 512, most), most]
  const curve = [...new Set(at)].map((n) => {
    const { kv_bytes, total_bytes, low_bytes, high_bytes, after_bytes, verdict } = fit(n)
    return { context_length: n, kv_bytes, total_bytes, low_bytes, high_bytes, after_bytes, verdict }
  })
  const longest = curve.findLast((p) => p.verdict === 'fits')?.context_length
  return { ...answer, fit: fit(context), curve, ...(longest ? { fits_up_to: longest } : {}) }
}

/** @param {Status} status @param {number} mine */
function poolOf(status, mine) {
  const gpu = status.machine?.gpus[0]
  const memory = status.machine?.memory
  const limit = gpu?.memory_limit_bytes ?? gpu?.memory_total_bytes ?? memory?.total_bytes
  const inUse = gpu ? gpu.memory_used_bytes : memory?.used_bytes
  return {
    of: /** @type {'gpu' | 'ram'} */ (gpu ? 'gpu' : 'ram'),
    limit,
    inUse,
    mine,
    reserve: limit && Math.round(limit * 0.03),
  }
}

/**
 * @param {number} weights @param {number | undefined} each @param {number | undefined} n
 * @param {ReturnType<typeof poolOf>} pool @param {{ratio: number, loads: number} | undefined} taught @param {boolean} lazy
 * @returns {Fit}
 */
function fitAt(weights, each, n, pool, taught, lazy) {
  const over = Math.min(weights, 1e9)
  const kv = each !== undefined && n !== undefined ? each * n : undefined
  const times = taught?.ratio ?? 1
  const total = Math.round((weights + (kv ?? 0) + (kv === undefined ? 0 : over)) * times)
  const low = kv === undefined ? weights : Math.round((weights + (lazy ? 0 : kv) + over / 2) * times)
  const high = kv === undefined ? undefined : Math.round((weights + kv + 2 * over) * times)
  const { of, limit, inUse, mine, reserve = 0 } = pool
  const after = inUse === undefined ? undefined : inUse - mine + total
  const room = limit === undefined || inUse === undefined ? undefined : limit - inUse + mine
  /** @type {Fit['verdict']} */
  let verdict = 'unknown'
  if (room !== undefined) {
    if (low > room) verdict = 'too_big'
    else if (total + reserve > room) verdict = 'tight'
    else if (high !== undefined) verdict = 'fits'
  }
  return {
    context_length: n,
    weights_bytes: weights,
    kv_bytes: kv,
    overhead_bytes: kv === undefined ? undefined : over,
    total_bytes: total,
    low_bytes: low,
    high_bytes: high,
    ...(limit ? { limit_of: of, limit_bytes: limit, reserve_bytes: reserve } : {}),
    in_use_bytes: inUse,
    available_bytes: room === undefined ? undefined : Math.max(0, room - mine),
    after_bytes: after,
    ...(mine ? { replaced_bytes: mine } : {}),
    learned: taught,
    verdict,
    basis:
      kv === undefined
        ? 'the size of its files; what its context takes is not known'
        : `the size of its files and what ${lazy ? 'config.json' : 'the GGUF header'} says of its layers; with a 16-bit cache${taught ? `; the last ${taught.loads} loads took 6 % more than reckoned` : ''}`,
  }
}

/** @param {(n: number) => string} verdict @param {number} from @param {number} to */
function changes(verdict, from, to) {
  const all = []
  for (let n = from; n < to;) {
    if (verdict(n) === verdict(to)) break
    let [lo, hi] = [n, to]
    while (hi - lo > 1) {
      const mid = (lo + hi) >> 1
      if (verdict(mid) === verdict(n)) lo = mid
      else hi = mid
    }
    all.push(lo, hi)
    n = hi
  }
  return all
}

/** An hour of a machine's figures: busy now and then, one load, one gap. @param {Status} status @param {URLSearchParams} query */
export function samples(status, query) {
  const step = 20_000
  const now = Math.floor(Date.now() / step) * step
  const at_ms = Array.from({ length: 180 }, (_, i) => now - (179 - i) * step).filter((_, i) => i < 52 || i > 64)
  const machine = status.machine
  const wanted = query.getAll('name')
  const used = machine?.memory?.used_bytes ?? 0
  /** @param {string} name @param {string} unit @param {(i: number) => number} f */
  const series = (name, unit, f) => {
    const mean = at_ms.map((t) => f(Math.round((t - now) / step) + 179))
    return { name, unit, min: mean, mean, max: mean }
  }
  const items = [
    ...(machine?.memory
      ? [series('memory.used', 'bytes', (i) => (i < 96 ? used - 120 * GiB * Math.min(1, used / (300 * GiB)) : used))]
      : []),
    ...(machine?.gpus ?? []).flatMap((g, k) =>
      g.id && g.utilization !== undefined ? [series(`gpu.${g.id}.utilization`, 'ratio', (i) => wave(i + k * 17))] : [],
    ),
  ].filter((s) => wanted.length === 0 || wanted.some((w) => s.name === w || s.name.startsWith(`${w}.`)))
  return {
    from: new Date(now - 3600_000).toISOString(),
    to: new Date(now).toISOString(),
    step_seconds: step / 1000,
    resolution: 'raw',
    at_ms,
    gaps: [],
    items,
  }
}

/** @param {number} i */
function wave(i) {
  const busy = i % 31 > 18
  return Math.min(1, Math.max(0, (busy ? 0.82 : 0.22) + 0.1 * Math.sin(i * 1.7) + 0.06 * Math.sin(i * 0.6)))
}
