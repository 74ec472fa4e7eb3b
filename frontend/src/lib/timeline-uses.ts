// What a model in memory did: in use, idle, or nobody knows. Pure; times are
// milliseconds since 1970.

import type { Lane, LoadSpan, UseSpan } from '../api/types'
import { end, start } from './timeline-marks'

export type Doing = UseSpan['state'] | 'unknown'

/** A stretch of a span in memory; they follow each other without a gap. */
export interface Piece {
  from: number
  to: number
  doing: Doing
  /** How much of it the model was in use: less than 1 where several uses are one. */
  share: number
}

/** A stretch as the agent tells it, read once. */
export interface Use {
  from: number
  to: number
  state: UseSpan['state']
  count: number
  /** How much of it the model was in use. */
  share: number
}

/**
 * Servers are asked only now and then, so that the last minute or two are not
 * told yet, nor is the time between two looks: what was, is taken to go on so long.
 */
const goesOn = 120_000

function read(u: UseSpan): Use {
  const [from, to] = [Date.parse(u.from), Date.parse(u.to)]
  const part = u.used_seconds === undefined || to <= from ? 1 : (u.used_seconds * 1000) / (to - from)
  return { from, to, state: u.state, count: u.count, share: Math.min(1, part) }
}

const known = new WeakMap<Lane, Map<string, Use[]>>()

/** What is known of the use of a span's instance, by its beginning. */
function usesOf(lane: Lane, span: LoadSpan): Use[] {
  let by = known.get(lane)
  if (!by) {
    by = new Map()
    for (const u of lane.uses) {
      const list = by.get(u.instance_id)
      if (list) list.push(read(u))
      else by.set(u.instance_id, [read(u)])
    }
    known.set(lane, by)
  }
  // A load whose instance is not known is that of the only one, or of none.
  return by.get(span.instance_id ?? [...by.keys()][0] ?? '') ?? []
}

/** Where in a list the first lies that begins after a moment. */
function after(list: Use[], t: number): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle]?.from ?? 0) <= t) low = middle + 1
    else high = middle
  }
  return low
}

/** A span in memory, up to now, in the pieces of what the model did. */
export function pieces(lane: Lane, span: LoadSpan, now: number): Piece[] {
  const [first, last] = [start(span), Math.min(end(span), now)]
  const out: Piece[] = []
  let at = first
  const add = (until: number, doing: Doing, share = 0) => {
    if (until <= at && doing !== 'in_use') return
    const before = out.at(-1)
    if (before?.doing === doing && doing !== 'in_use') before.to = until
    else out.push({ from: at, to: until, doing, share })
    at = until
  }
  const between = (until: number) => {
    const before = out.at(-1)
    if (!before || until - at > goesOn) add(until, 'unknown')
    else before.to = at = Math.max(at, until)
  }
  const list = usesOf(lane, span)
  for (let i = Math.max(0, after(list, first) - 1); i < list.length; i++) {
    const u = list[i]
    if (!u || u.from > last) break
    const [a, b] = [Math.max(u.from, at), Math.min(u.to, last)]
    if (b < a) continue
    between(a)
    add(b, u.state, u.share)
  }
  between(last)
  return out
}

/** What is known of a span at a moment: in use or idle, and since when. */
export function useAt(lane: Lane, span: LoadSpan, t: number): Use | undefined {
  const list = usesOf(lane, span)
  const i = after(list, t) - 1
  const [before, u] = [list[i - 1], list[i]]
  if (!u || t > Math.max(u.to, Math.min(u.to + goesOn, list[i + 1]?.from ?? Infinity))) return undefined
  if (t > u.to) return { ...u, to: t }
  // A moment of use has no length, and the idle time after it begins with it.
  return before?.state === 'in_use' && before.to === t ? before : u
}

/** What a model did in a time: the most that can be said of it, and for how many seconds. */
export function during(
  lane: Lane,
  from: number,
  to: number,
  now: number,
): { doing: Doing | 'loading' | 'failed'; seconds: number } | undefined {
  const seconds = { in_use: 0, idle: 0, unknown: 0, loading: 0, failed: 0 }
  let used = false
  for (const span of lane.spans) {
    const [a, b] = [Math.max(from, start(span)), Math.min(to, end(span), now)]
    if (b <= a) continue
    if (span.state !== 'loaded') {
      seconds[span.state] += (b - a) / 1000
      continue
    }
    for (const p of pieces(lane, span, now)) {
      const part = Math.min(p.to, b) - Math.max(p.from, a)
      if (part < 0) continue
      used ||= p.doing === 'in_use'
      seconds[p.doing] += (part / 1000) * (p.doing === 'in_use' ? p.share : 1)
    }
  }
  if (used) return { doing: 'in_use', seconds: seconds.in_use }
  const most = (['idle', 'unknown', 'loading', 'failed'] as const).reduce((x, y) => (seconds[y] > seconds[x] ? y : x))
  return seconds[most] > 0 ? { doing: most, seconds: seconds[most] } : undefined
}
