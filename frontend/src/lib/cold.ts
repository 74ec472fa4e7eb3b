// How long loads took, and how far their memory was from what was reckoned. Pure.

import type { Load } from '../api/types'
import { ram } from './format'

export interface Cold {
  count: number
  /** Seconds. */
  median: number
  p95: number
}

/** How long loads took; undefined where no duration is known. */
export function coldLoads(loads: Load[]): Cold | undefined {
  const all = loads
    .flatMap((l) => (l.event === 'loaded' && l.duration_seconds !== undefined ? [l.duration_seconds] : []))
    .sort((a, b) => a - b)
  if (all.length === 0) return undefined
  // Nearest rank: a figure that was measured, not one between two.
  const at = (p: number) => all[Math.max(0, Math.ceil(p * all.length) - 1)] ?? 0
  return { count: all.length, median: at(0.5), p95: at(0.95) }
}

/** What a load took of memory, against what was reckoned; "" where nothing is known. */
export function memoryWords(load: Load): string {
  const { measured_bytes: took, estimated_bytes: reckoned } = load
  if (took === undefined) return reckoned === undefined ? '' : `reckoned to take ${ram(reckoned)}`
  if (reckoned === undefined || reckoned <= 0) return `took ${ram(took)} of memory`
  const percent = Math.round((took / reckoned - 1) * 100)
  if (percent === 0) return `took ${ram(took)} of memory, as reckoned`
  return `took ${ram(took)} of memory, ${Math.abs(percent)}\u00a0% ${percent > 0 ? 'more' : 'less'} than reckoned`
}
