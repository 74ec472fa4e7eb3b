// Turns the machine's figures over time into what the charts draw and what a
// moment reads. Pure; times are milliseconds since 1970.

import type { Column, Sample, Samples, Series } from '../api/types'

/** A stretch of rows with the same pressure: 0 normal, 1 warning, 2 critical. */
export interface Stretch {
  from: number
  to: number
  level: number
}

/** The figures of a span with where each row is drawn. */
export interface Figures {
  samples: Samples
  /** In the middle of each row, ascending. */
  xs: number[]
  byName: Map<string, Series>
  gpus: GPU[]
  pressure: Stretch[]
}

export interface GPU {
  id: string
  name: string
}

export function figuresOf(samples: Samples): Figures {
  const half = (samples.step_seconds * 1000) / 2
  const end = Date.parse(samples.to)
  let last = -Infinity
  const xs = samples.at_ms.map((at, i) => {
    const next = samples.at_ms[i + 1] ?? Math.max(at, end)
    // A row's figures are those of its whole time; ascending whatever the clock did.
    last = Math.max(last + 1, at + Math.min(half, Math.max(0, next - at) / 2))
    return last
  })
  const gpus = new Map<string, GPU>()
  for (const s of samples.items) {
    if (s.gpu) gpus.set(s.gpu, { id: s.gpu, name: s.label || s.gpu })
  }
  const byName = new Map(samples.items.map((s) => [s.name, s]))
  return {
    samples,
    xs,
    byName,
    gpus: [...gpus.values()],
    pressure: stretches(samples, byName.get('memory.pressure')?.max),
  }
}

function stretches(samples: Samples, levels: Column | undefined): Stretch[] {
  const out: Stretch[] = []
  const step = samples.step_seconds * 1000
  levels?.forEach((value, i) => {
    const from = samples.at_ms[i]
    if (value === null || from === undefined) return
    const next = samples.at_ms[i + 1]
    // Rows are apart by more than a step where readings are: joined, unless a gap lies between.
    const to =
      next !== undefined && levels[i + 1] !== null && next - from < Math.max(step * 3, 120_000) ? next : from + step
    const level = Math.round(value)
    const before = out.at(-1)
    if (before && before.level === level && before.to >= from) before.to = to
    else out.push({ from, to, level })
  })
  return out
}

/** The row that a moment falls into; undefined where nothing was read. */
export function rowAt(f: Figures, t: number): number | undefined {
  const { at_ms, step_seconds } = f.samples
  let low = 0
  let high = at_ms.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((at_ms[middle] ?? 0) <= t) low = middle + 1
    else high = middle
  }
  const row = low - 1
  const at = at_ms[row]
  // A reading stands for a while: the least cadence is one a minute.
  if (at === undefined || t - at > Math.max(step_seconds * 1000, 60_000)) return undefined
  return row
}

export interface Value {
  min: number
  mean: number
  max: number
}

export function valueAt(f: Figures, name: string, row: number | undefined): Value | undefined {
  const s = row === undefined ? undefined : f.byName.get(name)
  if (!s || row === undefined) return undefined
  const [min, mean, max] = [s.min[row], s.mean[row], s.max[row]]
  return min == null || mean == null || max == null ? undefined : { min, mean, max }
}

/** The latest row with any figure. */
export function latestRow(f: Figures): number | undefined {
  for (let i = f.xs.length - 1; i >= 0; i--) {
    if (f.samples.items.some((s) => s.mean[i] != null)) return i
  }
  return undefined
}

export function gapAt(f: Figures, t: number): { from: string; to: string } | undefined {
  return f.samples.gaps.find((g) => Date.parse(g.from) <= t && t < Date.parse(g.to))
}

/** The most that a series ever was: what its axis must hold. */
export function mostOf(series: (Series | undefined)[]): number {
  let top = 0
  for (const s of series) for (const v of s?.max ?? []) if (v !== null && v > top) top = v
  return top
}

const levels = { normal: 0, warning: 1, critical: 2 }

/** A sample's figures by the names of their series: as the API names them. */
export function readings(sample: Sample): Map<string, number> {
  const out = new Map<string, number>()
  const put = (name: string, value: number | null | undefined) => {
    if (value !== undefined && value !== null) out.set(name, value)
  }
  const m = sample.memory
  if (m) {
    put('memory.total', m.total_bytes)
    put('memory.used', m.used_bytes)
    put('memory.available', m.available_bytes)
    put('memory.wired', m.wired_bytes)
    put('memory.compressed', m.compressed_bytes)
    put('memory.cached', m.cached_bytes)
    put('memory.swap', m.swap_used_bytes)
    put('memory.pressure', m.pressure ? levels[m.pressure] : undefined)
  }
  put('cpu.utilization', sample.cpu?.utilization)
  const workers = (sample.processes ?? []).filter((p) => p.role === 'model_worker')
  if (workers.length > 0)
    put(
      'models.memory',
      workers.reduce((sum, p) => sum + p.memory_bytes, 0),
    )
  ;(sample.gpus ?? []).forEach((g, i) => {
    const id = `gpu.${g.id || `${g.vendor}${i}`}`
    put(`${id}.utilization`, g.utilization)
    put(`${id}.memory_used`, g.memory_used_bytes)
    put(`${id}.memory_limit`, g.memory_limit_bytes ?? g.memory_total_bytes)
    put(`${id}.power`, g.power_watts)
    put(`${id}.temperature`, g.temperature_celsius)
  })
  return out
}

/**
 * The figures with a sample that was just read at their end. Undefined where
 * it does not fit: one that is older, or with a figure that has no series yet.
 */
export function extended(samples: Samples, sample: Sample): Samples | undefined {
  const at = Date.parse(sample.at)
  const last = samples.at_ms.at(-1)
  if (last !== undefined && at <= last) return undefined
  const values = readings(sample)
  const known = new Set(samples.items.map((s) => s.name))
  if ([...values.keys()].some((name) => !known.has(name))) return undefined
  const gap = last !== undefined && at - last > Math.max(samples.step_seconds * 3000, 120_000)
  const add = (column: Column, v: number | undefined) => [...column, ...(gap ? [null] : []), v ?? null]
  return {
    ...samples,
    to: new Date(Math.max(at + 1, Date.parse(samples.to))).toISOString(),
    at_ms: [...samples.at_ms, ...(gap && last !== undefined ? [last + samples.step_seconds * 1000] : []), at],
    gaps:
      gap && last !== undefined
        ? [...samples.gaps, { from: new Date(last).toISOString(), to: sample.at }]
        : samples.gaps,
    items: samples.items.map((s) => {
      const v = values.get(s.name)
      return { ...s, min: add(s.min, v), mean: add(s.mean, v), max: add(s.max, v) }
    }),
  }
}
