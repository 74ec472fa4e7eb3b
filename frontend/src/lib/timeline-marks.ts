// What happened over a span of time: lanes, marks and words about them. Pure;
// times are milliseconds since 1970.

import type { FallbackMark, Lane, LoadFailure, LoadSpan, ServerChange, Status, Timeline } from '../api/types'
import { fallbacksHref } from './fallback-filter'
import { dayKey } from './format'
import { isTarget } from './lookup'
import { length, timelineHref, type Span } from './timeline-range'

/** What lies so close together that one mark stands for it. */
export interface Cluster<T> {
  at: number
  to: number
  count: number
  items: T[]
}

/**
 * Groups marks so that those of two groups are at least so many pixels apart.
 * How far that is in time only doubles or halves, so that little regroups while
 * the axis is zoomed, and nothing while it moves.
 */
export function clusters<T extends { at: string; to?: string; count: number }>(
  marks: T[],
  span: Span,
  width: number,
  apart = 24,
): Cluster<T>[] {
  const bin = 2 ** Math.ceil(Math.log2(Math.max(1, (length(span) / Math.max(1, width)) * apart)))
  const out: Cluster<T>[] = []
  for (const mark of marks) {
    const at = Date.parse(mark.at)
    const to = mark.to ? Date.parse(mark.to) : at
    const before = out.at(-1)
    if (before && at - before.at < bin) {
      before.to = Math.max(before.to, to)
      before.count += mark.count
      before.items.push(mark)
    } else out.push({ at, to, count: mark.count, items: [mark] })
  }
  return out
}

/** Where a mark leads: one fallback to its story, several to where they lie apart. */
export function clusterHref(c: Cluster<FallbackMark>, least = 120_000): string {
  const id = c.items.length === 1 ? c.items[0]?.id : undefined
  if (id !== undefined) return fallbacksHref({}, id)
  const spread = c.to - c.at
  if (spread < least) return fallbacksHref({ when: dayKey(new Date(c.at)) })
  return timelineHref({ span: { from: c.at - spread / 4, to: c.to + spread / 4 } })
}

/** When the first of what is known began; undefined where nothing is. */
export function firstKnown(figures: number[], timeline: Timeline): number | undefined {
  const times = [
    figures[0],
    ...timeline.lanes.flatMap((l) => l.spans.map(start)),
    ...timeline.fallbacks.map((f) => Date.parse(f.at)),
    ...timeline.servers.filter((s) => s.state !== 'unknown').map((s) => Date.parse(s.at)),
  ].filter((t) => t !== undefined && Number.isFinite(t)) as number[]
  return times.length > 0 ? Math.min(...times) : undefined
}

export const start = (s: { from: string | null }) => (s.from === null ? -Infinity : Date.parse(s.from))
export const end = (s: { to: string | null }) => (s.to === null ? Infinity : Date.parse(s.to))

/** The stretches of a lane at a moment. */
export function spansAt(lane: Lane, t: number): LoadSpan[] {
  return lane.spans.filter((s) => start(s) <= t && t < end(s))
}

/** The changes of each server, in the order of the status, then those that are not listed any more. */
export function serverLanes(timeline: Timeline, status: Status): { server: string; changes: ServerChange[] }[] {
  const ids = new Set([...status.servers.map((s) => s.id), ...timeline.servers.map((c) => c.server)])
  return [...ids]
    .map((server) => ({ server, changes: timeline.servers.filter((c) => c.server === server) }))
    .filter((s) => s.changes.length > 0)
}

export function changeAt(changes: ServerChange[], t: number): ServerChange | undefined {
  return changes.findLast((c) => Date.parse(c.at) <= t && t < (c.until ? Date.parse(c.until) : Infinity))
}

/** Whether nothing can be asked of a server in this state. */
export function isOff(change: ServerChange): boolean {
  return change.state === 'server_off' || change.state === 'down' || change.state === 'needs_token'
}

/** The lanes, the kept model's first; the others as they came. */
export function ordered(lanes: Lane[], status: Status): Lane[] {
  const kept = (l: Lane) => isTarget(status.keep, l.server, l.model)
  return [...lanes].sort((a, b) => Number(kept(b)) - Number(kept(a)))
}

/** How full a context's colour is, from a fifth at 4,096 tokens and less to whole at 131,072 and more. */
export function contextShade(tokens: number | undefined): number {
  if (tokens === undefined) return 0.6
  const part = Math.log2(Math.max(1, tokens) / 4096) / 5
  return 0.3 + 0.7 * Math.min(1, Math.max(0, part))
}

/** One thing that happened, for the list. */
export type Happening =
  | { kind: 'fallback'; at: number; mark: FallbackMark }
  | { kind: 'failure'; at: number; lane: Lane; failure: LoadFailure }
  | { kind: 'server'; at: number; change: ServerChange }

/** What went wrong in a span, newest first. */
export function happenings(timeline: Timeline, span: Span): Happening[] {
  const within = (from: number, to = from) => to >= span.from && from <= span.to
  const out: Happening[] = []
  for (const mark of timeline.fallbacks) {
    const at = Date.parse(mark.at)
    if (within(at, mark.to ? Date.parse(mark.to) : at)) out.push({ kind: 'fallback', at, mark })
  }
  for (const lane of timeline.lanes)
    for (const failure of lane.failures) {
      const at = Date.parse(failure.at)
      if (within(at)) out.push({ kind: 'failure', at, lane, failure })
    }
  for (const change of timeline.servers) {
    const at = Date.parse(change.at)
    if (isOff(change) && within(at, change.until ? Date.parse(change.until) : Infinity))
      out.push({ kind: 'server', at, change })
  }
  return out.sort((a, b) => b.at - a.at)
}

/** How much went wrong in a span. */
export function tally(list: Happening[], span: Span, now: number) {
  let fallbacks = 0
  let failures = 0
  let off = 0
  for (const h of list) {
    if (h.kind === 'fallback') fallbacks += h.mark.count
    if (h.kind === 'failure') failures += h.failure.count
    if (h.kind === 'server') {
      const until = h.change.until ? Date.parse(h.change.until) : now
      off += Math.max(0, Math.min(until, span.to) - Math.max(h.at, span.from))
    }
  }
  return { fallbacks, failures, off: off / 1000 }
}
