// The figures of a span as a table of few rows. Pure.

import type { Span } from './timeline-range'
import type { Figures, Value } from './timeline-samples'

export interface TableRow {
  /** Where it begins, in milliseconds since 1970. */
  at: number
  /** By the names of the series; what was not read in its time is missing. */
  values: Record<string, Value>
}

/**
 * Joins the rows within a span until they are at most so many, of an even
 * length each. A time in which nothing at all was read is one row without
 * values, whatever its length.
 */
export function tabled(f: Figures, span: Span, names: string[], most: number): TableRow[] {
  const length = Math.max(1, (span.to - span.from) / most)
  const sums = new Map<number, Record<string, Value & { count: number }>>()
  f.samples.at_ms.forEach((at, i) => {
    if (at < span.from || at > span.to) return
    const bin = Math.min(most - 1, Math.floor((at - span.from) / length))
    const values = sums.get(bin) ?? {}
    sums.set(bin, values)
    for (const name of names) {
      const s = f.byName.get(name)
      const [min, mean, max] = [s?.min[i], s?.mean[i], s?.max[i]]
      if (min == null || mean == null || max == null) continue
      const v = values[name]
      values[name] = v
        ? {
            min: Math.min(v.min, min),
            max: Math.max(v.max, max),
            mean: v.mean + (mean - v.mean) / (v.count + 1),
            count: v.count + 1,
          }
        : { min, mean, max, count: 1 }
    }
  })
  const out: TableRow[] = []
  const first = Math.min(...sums.keys())
  const last = Math.max(...sums.keys())
  for (let bin = first; bin <= last; bin++) {
    const values = sums.get(bin) ?? {}
    const empty = Object.keys(values).length === 0
    const before = out.at(-1)
    if (empty && before && Object.keys(before.values).length === 0) continue
    out.push({ at: span.from + bin * length, values })
  }
  return out
}
