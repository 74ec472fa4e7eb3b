// Whether a model fits, at any context: reads the answer to a what-if between
// its points, so that nothing is asked while a slider moves. Pure.

import type { Fit, WhatIf } from '../api/types'
import { count, ram, ramOf } from './format'
import type { Told } from './words'

/** What a load takes at one context, in bytes. What is not known is left out. */
export interface Taken {
  /** Tokens; left out where the server chooses and does not say. */
  context?: number
  weights?: number
  kv?: number
  overhead?: number
  total: number
  low?: number
  high?: number
  /** In use once it is loaded. */
  after?: number
  verdict: Fit['verdict']
}

const least = 4096

/**
 * The contexts that a slider stops at: powers of two and the halves between
 * them from 4k on, the longest that fits, and the most that the model can have.
 */
export function stops(most: number, fitsUpTo?: number): number[] {
  const all = [most]
  for (let n = Math.min(least, 512 * 2 ** Math.floor(Math.log2(Math.max(1, most / 512)))); n < most; n *= 2) {
    all.push(n)
    if (n >= least && n * 1.5 < most) all.push(n * 1.5)
  }
  const fits = fitsUpTo && floorK(fitsUpTo)
  if (fits && fits >= least && fits < most) all.push(fits)
  return [...new Set(all)].sort((a, b) => a - b)
}

/** A length cut to whole 1024 tokens, where that leaves something. */
export function floorK(n: number): number {
  return n < 1024 ? n : Math.floor(n / 1024) * 1024
}

/** Which of the stops is the nearest to a context, by ratio as they are spaced. */
export function nearest(list: number[], context: number): number {
  let best = 0
  const away = (i: number) => Math.abs(Math.log((list[i] ?? 1) / Math.max(1, context)))
  for (let i = 1; i < list.length; i++) if (away(i) < away(best)) best = i
  return best
}

/**
 * What the load takes at a context; undefined asks for the server's own choice.
 * The result is undefined where the context's share is not known.
 */
export function takenAt(what: WhatIf, context: number | undefined): Taken | undefined {
  const { fit, curve } = what
  if (!fit) return undefined
  if (context === undefined || context === fit.context_length) return ofFit(fit)
  if (!curve?.length) return undefined
  const i = curve.findLastIndex((p) => p.context_length <= context)
  const a = curve[Math.max(0, i)]
  const b = curve[Math.min(curve.length - 1, i + 1)]
  if (!a || !b) return undefined
  const width = b.context_length - a.context_length
  const part = width > 0 ? Math.min(1, Math.max(0, (context - a.context_length) / width)) : 0
  const mix = (x: number | undefined, y: number | undefined) =>
    x === undefined || y === undefined ? undefined : x + (y - x) * part
  return {
    context,
    weights: fit.weights_bytes,
    overhead: fit.overhead_bytes,
    kv: mix(a.kv_bytes, b.kv_bytes),
    total: a.total_bytes + (b.total_bytes - a.total_bytes) * part,
    low: mix(a.low_bytes, b.low_bytes),
    high: mix(a.high_bytes, b.high_bytes),
    after: mix(a.after_bytes, b.after_bytes),
    // Of two points with another verdict each, the change lies right before the second.
    verdict: part === 1 ? b.verdict : a.verdict,
  }
}

function ofFit(fit: Fit): Taken {
  return {
    context: fit.context_length,
    weights: fit.weights_bytes,
    kv: fit.kv_bytes,
    overhead: fit.overhead_bytes,
    total: fit.total_bytes,
    low: fit.low_bytes,
    high: fit.high_bytes,
    after: fit.after_bytes,
    verdict: fit.verdict,
  }
}

const verdicts: Record<Fit['verdict'], Told> = {
  fits: { tone: 'ok', text: 'Fits' },
  tight: { tone: 'warn', text: 'Tight' },
  too_big: { tone: 'bad', text: 'Too big' },
  unknown: { tone: 'quiet', text: 'Not known whether it fits' },
}

export function verdictWords(verdict: Fit['verdict']): Told {
  return verdicts[verdict]
}

/** Whose memory the limit is of, in a sentence. */
function owner(fit: Fit): string {
  return fit.limit_of === 'gpu' ? 'that the GPU may use' : 'of RAM'
}

/** Why the verdict is what it is, as a sentence. */
export function reason(fit: Fit, taken: Taken): string {
  const limit = fit.limit_bytes
  // Then a verdict is the server's own.
  if (limit === undefined)
    return taken.verdict === 'unknown' ? 'How much memory there is for it is not known.' : 'The server itself says so.'
  const all = `${ram(limit)} ${owner(fit)}`
  if (taken.after === undefined) return `How much is in use of the ${all} is not known.`
  const left = limit - taken.after
  const free = `${ramOf(left, limit)} ${owner(fit)}`
  switch (taken.verdict) {
    case 'fits':
      return `${free} stay free.`
    case 'too_big':
      return left < 0 ? `It goes ${ram(-left)} over the ${all}.` : 'The server refuses to load it.'
    case 'tight':
      return left < 0 ? tooFull(fit, left, all) : tooLittleLeft(fit, left, free)
    case 'unknown':
      return `It could be more than the ${all}.`
  }
}

function tooFull(fit: Fit, left: number, all: string): string {
  if (fit.spill_bytes !== undefined) return `About ${ram(-left)} of it would run from RAM instead of the GPU, slowly.`
  const over = `It goes ${ram(-left)} over the ${all}`
  return fit.evictable_bytes === undefined ? `${over}.` : `${over}; it fits once ${names(fit.evictable)} is unloaded.`
}

function tooLittleLeft(fit: Fit, left: number, free: string): string {
  const reserve = fit.reserve_bytes
  return reserve !== undefined && left < reserve
    ? `Only ${free} stay free; ${ram(reserve)} should.`
    : `${free} stay free, if it takes no more than is likely.`
}

function names(ids: string[] | undefined): string {
  return ids?.length === 1 && ids[0] ? ids[0] : 'what is idle'
}

/** "171 GB", "24 to 25 GB", or with what it could be at least and at most: "171 GB (130 to 180 GB)". */
export function figure(taken: Taken): string {
  const likely = ram(taken.total)
  const { low, high } = taken
  if (low !== undefined && high === undefined) return `${likely} or more`
  if (low === undefined || high === undefined) return likely
  const [from, to] = [ram(low), ram(high)]
  if (from === to) return likely
  const range = ramTo(from, to)
  return from === likely || to === likely ? range : `${likely} (${range})`
}

function ramTo(from: string, to: string): string {
  const [number, unit] = from.split('\u00a0')
  return unit && to.endsWith(`\u00a0${unit}`) ? `${number} to ${to}` : `${from} to ${to}`
}

/** What the slider tells a screen reader at a context. */
export function spoken(context: number, taken: Taken | undefined): string {
  const at = `${count(context)} tokens`
  if (!taken) return at
  return `${at}: ${verdictWords(taken.verdict).text.toLowerCase()}, takes ${ram(taken.total)}`
}

/** How wide each part of the picture is, from 0 to 1 of its whole width. */
export interface Picture {
  others: number
  weights: number
  kv: number
  overhead: number
  /** Where what it could take at least and at most ends, around the likely end. */
  low: number
  high: number
  limit: number
}

/**
 * The picture of a load: what others use, what it takes, and the limit. Its
 * whole width is the same for every context, so that only the load moves.
 * Undefined where there is no limit to hold it against.
 */
export function picture(what: WhatIf, taken: Taken): Picture | undefined {
  const fit = what.fit
  if (!fit?.limit_bytes || taken.after === undefined) return undefined
  const others = Math.max(0, taken.after - taken.total)
  const most = Math.max(
    ...[taken, ...(what.curve ?? []).map((p) => ({ total: p.total_bytes, high: p.high_bytes }))].map(
      (t) => others + (t.high ?? t.total),
    ),
  )
  // What is far beyond the limit is cut off: how far no longer matters.
  const whole = Math.max(fit.limit_bytes * 1.04, Math.min(most, fit.limit_bytes * 1.5))
  const known = (taken.weights ?? 0) + (taken.kv ?? 0) + (taken.overhead ?? 0)
  // The parts have no learned correction in them, the total has.
  const each = (n: number | undefined) => (known > 0 ? ((n ?? 0) / known) * taken.total : 0) / whole
  const cut = (n: number) => Math.min(1, n)
  return {
    others: cut(others / whole),
    weights: known > 0 ? each(taken.weights) : taken.total / whole,
    kv: each(taken.kv),
    overhead: each(taken.overhead),
    low: cut((others + (taken.low ?? taken.total)) / whole),
    high: cut((others + (taken.high ?? taken.total)) / whole),
    limit: fit.limit_bytes / whole,
  }
}
