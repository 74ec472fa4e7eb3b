// The figures and events of the stand-in agent's Timeline: a machine that is
// told as functions of time, and asked for any span as the API is. The same
// moment reads the same, however closely one looks.

import { minimax, qwen } from './models.mjs'
import { GiB } from './props.mjs'

/** @typedef {import('../src/api/types').Samples} Samples */
/** @typedef {import('../src/api/types').Timeline} Timeline */
/** @typedef {import('../src/api/types').Lane} Lane */
/** @typedef {import('../src/api/types').LoadSpan} LoadSpan */
/** @typedef {import('../src/api/types').ServerChange} ServerChange */
/** @typedef {import('../src/api/types').Fallback} Fallback */
/** @typedef {{from: number, to: number}} Stretch */
/** @typedef {(t: number) => number | null} Curve */
/**
 * What there is to know, from the beginning of all records on.
 * @typedef {object} World
 * @property {number} since
 * @property {number} until
 * @property {Stretch[]} gaps
 * @property {{name: string, unit: 'bytes' | 'ratio' | 'level', gpu?: string, label?: string, at: Curve}[]} series
 * @property {Lane[]} lanes
 * @property {ServerChange[]} servers
 * @property {number} [rows] answers so many rows, whatever was asked
 */

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour
const iso = (/** @type {number} */ t) => new Date(t).toISOString()

/** Noise between 0 and 1 that is the same for the same moment. @param {number} t @param {number} period */
export function noise(t, period) {
  const at = (/** @type {number} */ n) => {
    const x = Math.sin(n * 127.1 + period * 0.0013) * 43758.5453
    return x - Math.floor(x)
  }
  const [n, part] = [Math.floor(t / period), (t / period) % 1]
  const smooth = part * part * (3 - 2 * part)
  return at(n) * (1 - smooth) + at(n + 1) * smooth
}

/** @type {WeakMap<Lane, {from: number, to: number, state: LoadSpan['state']}[]>} */
const parsed = new WeakMap()

/** The stretch of a lane at a moment; they follow each other. @param {Lane} lane @param {number} t */
function within(lane, t) {
  let spans = parsed.get(lane)
  if (!spans) {
    spans = lane.spans
      .map((s) => ({ from: Date.parse(s.from ?? iso(0)), to: s.to ? Date.parse(s.to) : Infinity, state: s.state }))
      .sort((x, y) => x.from - y.from)
    parsed.set(lane, spans)
  }
  let [low, high] = [0, spans.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((spans[middle]?.from ?? 0) <= t) low = middle + 1
    else high = middle
  }
  const s = spans[low - 1]
  return s && t < s.to ? s : undefined
}

/** How much of a load is in memory at a moment, from 0 to 1. @param {Lane | undefined} lane @param {number} t */
function loaded(lane, t) {
  const s = lane && within(lane, t)
  if (!s) return 0
  if (s.state === 'loaded') return 1
  const part = (t - s.from) / (s.to - s.from)
  return s.state === 'loading' ? part : 0.4 * Math.sin(Math.PI * part)
}

/**
 * A model's life: each [from, seconds of loading, to, context] in times before now; null is not yet.
 * @param {number} now @param {[number, number, number | null, number][]} lives @param {string} model @returns {Lane}
 */
export const lane = (now, model, lives, server = 'lmstudio') => ({
  server,
  model,
  spans: lives.flatMap(([from, loading, to, context], i) => [
    {
      from: iso(now - from),
      to: iso(now - from + loading * 1000),
      state: 'loading',
      context_length: context,
      load_id: i + 1,
      count: 1,
    },
    {
      from: iso(now - from + loading * 1000),
      to: to === null ? null : iso(now - to),
      state: 'loaded',
      instance_id: model,
      context_length: context,
      load_id: i + 1,
      cause: 'keep_warm',
      count: 1,
    },
  ]),
  failures: [],
  uses: [],
})

/**
 * A lane whose use is known up to now: in use wherever busy is over 0, as looked at every so often. Of the gaps
 * nothing is known.
 * @param {Lane} l @param {number} now @param {(t: number) => number} busy @param {Stretch[]} gaps @returns {Lane}
 */
export function usedWhere(l, now, busy, gaps, step = 30_000) {
  /** @type {Lane['uses']} */
  const uses = []
  for (const s of l.spans) {
    if (s.state !== 'loaded') continue
    const [from, to] = [Date.parse(s.from ?? iso(now)), s.to ? Date.parse(s.to) : now]
    for (let t = from; t < to; t += step) {
      if (gaps.some((g) => g.from <= t && t < g.to)) continue
      const state = busy(t) > 0 ? /** @type {const} */ ('in_use') : /** @type {const} */ ('idle')
      const last = uses.at(-1)
      const until = iso(Math.min(to, t + step))
      if (last?.state === state && Date.parse(last.to) === t) last.to = until
      else uses.push({ from: iso(t), to: until, state, instance_id: s.instance_id ?? '', count: 1 })
    }
  }
  return { ...l, uses }
}

/**
 * The uses of a lane as the agent tells them: what begins in one bin is idle, in use from its first use to its last,
 * and idle again up to the last look.
 * @param {Lane['uses']} uses @param {number} bin @returns {Lane['uses']}
 */
function binned(uses, bin) {
  return grouped(uses, bin).flatMap((of) => {
    const [first, last] = [of[0], of.at(-1)]
    const used = of.filter((u) => u.state === 'in_use')
    const [from, to] = [used[0], used.at(-1)]
    if (!first || !last) return []
    if (!from || !to) return [{ ...first, to: last.to }]
    const seconds = used.reduce((sum, u) => sum + Date.parse(u.to) - Date.parse(u.from), 0) / 1000
    const use = { ...from, to: to.to, count: used.length, ...(used.length > 1 ? { used_seconds: seconds } : {}) }
    return [
      ...(first.from < use.from ? [{ ...first, to: use.from }] : []),
      use,
      ...(use.to < last.to ? [{ ...last, from: use.to }] : []),
    ]
  })
}

/** Uses by the bin that they begin in; the idle time after a use is that of its bin. @param {Lane['uses']} uses @param {number} bin */
function grouped(uses, bin) {
  /** @type {Lane['uses'][]} */
  const out = []
  let row = -1
  for (const u of uses) {
    const before = out.at(-1)
    const [here, last] = [Math.floor(Date.parse(u.from) / bin), before?.at(-1)]
    const rests = u.state === 'idle' && last?.state === 'in_use' && last.to === u.from
    if (before && (rests || here === row)) before.push(u)
    else out.push([u])
    if (!rests) row = here
  }
  return out
}

/** @param {Lane} l @param {number} at @param {string} detail @returns {Lane} */
export const failing = (l, at, detail) => ({
  ...l,
  spans: [
    ...l.spans,
    { from: iso(at - 31_000), to: iso(at), state: 'failed', context_length: 131072, load_id: 90, count: 1 },
  ],
  failures: [...l.failures, { at: iso(at), load_id: 90, cause: 'keep_warm', duration_seconds: 31, detail, count: 1 }],
})

/** @param {number} now @param {[number, number, ServerChange['state'], string?][]} changes from, to, state, code @returns {ServerChange[]} */
export const server = (now, changes, id = 'lmstudio') =>
  changes.map(([from, to, state, code], i) => ({
    id: i + 1,
    at: iso(now - from),
    ...(to > 0 ? { until: iso(now - to) } : {}),
    server: id,
    state,
    ...(code ? { code } : {}),
  }))

/** How hard a big model works, where it is loaded: for hours now and then, with rests. @param {number} t */
export const works = (t) =>
  noise(t, 5 * minute) < 0.35 ? 0 : Math.max(0, noise(t, 47 * minute) * 1.9 - 0.72) * (0.75 + 0.25 * noise(t, 40_000))
/** A small one is asked something now and then. @param {number} t */
export const asked = (t) => Math.max(0, noise(t, 4 * minute) - 0.8)

/** A Mac's figures as its models come and go. @param {Lane[]} lanes @returns {World['series']} */
export function mac(lanes) {
  const [big, small] = [lanes.find((l) => l.model === minimax), lanes.find((l) => l.model === qwen)]
  const models = (/** @type {number} */ t) => 143 * loaded(big, t) + 21 * loaded(small, t)
  const busy = (/** @type {number} */ t) => (loaded(big, t) === 1 ? works(t) : 0)
  const used = (/** @type {number} */ t) => (52 + 9 * noise(t, 3 * hour) + 2 * noise(t, 5 * minute) + models(t)) * GiB
  return [
    { name: 'memory.used', unit: 'bytes', at: used },
    { name: 'memory.total', unit: 'bytes', at: () => 256 * GiB },
    { name: 'memory.swap', unit: 'bytes', at: () => 0 },
    {
      name: 'memory.pressure',
      unit: 'level',
      at: (t) => (used(t) > 225 * GiB ? 2 : used(t) > 222 * GiB ? 1 : 0),
    },
    { name: 'cpu.utilization', unit: 'ratio', at: (t) => 0.04 + 0.1 * busy(t) + 0.03 * noise(t, 30_000) },
    ...gpu(
      'apple',
      'Apple M3 Ultra',
      (t) => Math.min(1, 0.01 + busy(t)),
      (t) => (6 + models(t)) * GiB,
      192 * GiB,
    ),
  ]
}

/** @param {string} id @param {string} label @param {Curve} use @param {Curve} used @param {number} limit @returns {World['series']} */
export const gpu = (id, label, use, used, limit) => [
  { name: `gpu.${id}.utilization`, unit: 'ratio', gpu: id, label, at: use },
  { name: `gpu.${id}.memory_used`, unit: 'bytes', gpu: id, label, at: used },
  { name: `gpu.${id}.memory_limit`, unit: 'bytes', gpu: id, label, at: () => limit },
]

/** A GPU box with two cards. @param {Lane[]} lanes @returns {World['series']} */
export function twoCards(lanes) {
  const busy = (/** @type {number} */ t, /** @type {number} */ of) =>
    loaded(lanes[0], t) === 1 ? Math.min(1, Math.max(0, noise(t + of, 31 * minute) * 2 - 0.7)) : 0
  return [
    {
      name: 'memory.used',
      unit: 'bytes',
      at: (t) => (31 + 6 * noise(t, hour) + 12 * loaded(lanes[0], t)) * GiB,
    },
    { name: 'memory.total', unit: 'bytes', at: () => 128 * GiB },
    { name: 'memory.pressure', unit: 'level', at: (t) => (noise(t, 2 * hour) > 0.86 ? 1 : 0) },
    ...gpu(
      'GPU-5c2f0a11',
      'NVIDIA RTX PRO 6000',
      (t) => busy(t, 0),
      (t) => (1.2 + 71 * loaded(lanes[0], t)) * GiB,
      96 * GiB,
    ),
    ...gpu(
      'GPU-91d7e3b4',
      'NVIDIA RTX 4090',
      (t) => busy(t, 9 * hour) * 0.8,
      (t) => (0.7 + 16 * loaded(lanes[0], t) + 4 * noise(t, hour)) * GiB,
      24 * GiB,
    ),
  ]
}

/** @param {World} w @param {URLSearchParams} query @returns {Samples} */
export function samples(w, query) {
  const { from, to, points } = wanted(query)
  const [first, last] = [Math.max(from, w.since), Math.min(to, w.until)]
  const kept = from >= w.until - day ? 10_000 : from >= w.until - 30 * day ? minute : hour
  const step = w.rows ? (to - from) / w.rows : Math.max(kept, (to - from) / points)
  /** @type {number[]} */
  const at = []
  const inGap = (/** @type {number} */ t) => w.gaps.find((g) => g.from <= t && t < g.to)
  let hole = true
  for (let t = Math.ceil(first / step) * step; t < last; t += step) {
    const gap = inGap(t)
    // One row of nothing for each gap that is longer than a row.
    if (gap && hole) continue
    hole = gap !== undefined
    at.push(Math.round(t))
  }
  const tries = step > 10 * minute ? 8 : 3
  return {
    from: iso(from),
    to: iso(to),
    step_seconds: step / 1000,
    resolution: kept === 10_000 ? 'raw' : kept === minute ? 'minute' : 'hour',
    at_ms: at,
    gaps: w.gaps.filter((g) => g.to > from && g.from < to).map((g) => ({ from: iso(g.from), to: iso(g.to) })),
    items: w.series.map((s) => {
      const rows = at.map((t) => {
        const values = []
        for (let i = 0; i < tries; i++) {
          const moment = t + (i * step) / tries
          const value = inGap(moment) || moment > last ? null : s.at(moment)
          if (value !== null) values.push(s.unit === 'bytes' ? Math.round(value) : value)
        }
        return values
      })
      const of = (/** @type {(v: number[]) => number} */ f) => rows.map((v) => (v.length > 0 ? f(v) : null))
      return {
        name: s.name,
        unit: s.unit,
        ...(s.gpu ? { gpu: s.gpu, label: s.label ?? '' } : {}),
        min: of((v) => Math.min(...v)),
        mean: of((v) => v.reduce((a, b) => a + b, 0) / v.length),
        max: of((v) => Math.max(...v)),
      }
    }),
  }
}

/** @param {World} w @param {Fallback[]} fallbacks @param {URLSearchParams} query @returns {Timeline} */
export function timeline(w, fallbacks, query) {
  const { from, to, points } = wanted(query)
  const touches = (/** @type {string | null | undefined} */ a, /** @type {string | null | undefined} */ b) =>
    (a ? Date.parse(a) : 0) < to && (b ? Date.parse(b) : Infinity) >= from
  return {
    from: iso(from),
    to: iso(to),
    bin_seconds: (to - from) / points / 1000,
    lanes: w.lanes
      .map((l) => ({
        ...l,
        spans: l.spans.filter((s) => touches(s.from, s.to)),
        failures: l.failures.filter((f) => touches(f.at, f.at)),
        uses: binned(
          l.uses.filter((u) => touches(u.from, u.to)),
          (to - from) / Math.min(500, points),
        ),
      }))
      .filter((l) => l.spans.length + l.failures.length > 0),
    fallbacks: fallbacks
      .filter((f) => touches(f.at, f.at))
      .toReversed()
      .map((f) => ({
        at: f.at,
        count: 1,
        id: f.id,
        requested: f.requested,
        ...(f.answered ? { answered: f.answered } : {}),
        outcome: f.outcome,
        cause: f.cause.code,
        lost_seconds: f.lost_seconds,
      })),
    servers: w.servers.filter((s) => touches(s.at, s.until)),
  }
}

/** @param {URLSearchParams} query */
function wanted(query) {
  const to = Date.parse(query.get('to') ?? '') || Date.now()
  const from = Date.parse(query.get('from') ?? '') || to - hour
  return { from, to, points: Number(query.get('points') ?? 1000) }
}

/** A sample as an event of now. @param {World} w @param {number} t @returns {import('../src/api/types').Sample} */
export function sampleNow(w, t) {
  const value = (/** @type {string} */ name) => w.series.find((s) => s.name === name)?.at(t) ?? undefined
  const ids = [...new Set(w.series.flatMap((s) => (s.gpu ? [s.gpu] : [])))]
  return {
    at: iso(t),
    memory: {
      total_bytes: value('memory.total') ?? 0,
      used_bytes: Math.round(value('memory.used') ?? 0),
      swap_used_bytes: value('memory.swap'),
      pressure: /** @type {const} */ (['normal', 'warning', 'critical'])[value('memory.pressure') ?? 0] ?? 'normal',
      source: 'host_statistics64',
    },
    gpus: ids.map((id) => ({
      id,
      name: w.series.find((s) => s.gpu === id)?.label ?? '',
      vendor: id,
      utilization: value(`gpu.${id}.utilization`),
      memory_used_bytes: Math.round(value(`gpu.${id}.memory_used`) ?? 0),
      memory_limit_bytes: value(`gpu.${id}.memory_limit`),
      source: 'IOAccelerator',
    })),
    cpu: { utilization: value('cpu.utilization') ?? 0 },
    processes: [],
  }
}
