// Says in words what a moment of the Timeline was. Pure; times are
// milliseconds since 1970.

import type { FallbackMark, LoadFailure, LoadSpan, ServerChange, Status } from '../api/types'
import { causeName, outcomeName } from './fallback'
import { capital, context, count, duration, dayMoment, exact, lost, many, percent, ram } from './format'
import { serverLabel, serverOf } from './lookup'
import { pairNames, refName } from './refs'
import type { Cluster } from './timeline-marks'
import { length, ranges, type Range, type Span } from './timeline-range'
import type { Value } from './timeline-samples'
import type { Doing, Use } from './timeline-uses'
import { loadWords, type Tone } from './words'

const iso = (t: number) => new Date(t).toISOString()

/** A span as a heading names it: "Mon 23 Nov, 18:00 to 19:00". */
export function spanWords(span: Span, range: Range | undefined, now: number): string {
  if (range) return range.words
  const long = length(span) > 3 * 86_400_000
  const said = (t: number) => (long ? dayMoment(iso(t), now).replace(/ \d\d:\d\d$/, '') : dayMoment(iso(t), now))
  const from = said(span.from)
  const to = said(span.to)
  // The day of both is told once.
  const [, day, time] = /^(.+) (\d\d:\d\d)$/.exec(to) ?? []
  return capital(`${from} to ${day && from.startsWith(`${day} `) && time ? time : to}`)
}

/** Words for the length of a span that no range names: "40 min". */
export function lengthWords(span: Span): string {
  return (
    ranges.find((r) => Math.abs(r.length - length(span)) < 1000)?.label ?? duration(Math.round(length(span) / 1000))
  )
}

/** A moment, exactly. */
export function exactTime(t: number): string {
  return exact(iso(t))
}

/** A value with what it swung between, where its row covers enough to differ. */
export function valueWords(v: Value, say: (n: number) => string): string {
  const [min, mean, max] = [say(v.min), say(v.mean), say(v.max)]
  if (min === max) return mean
  // A unit that both have is said once.
  const unit = (text: string) => text.replace(/^[\d.,]+/, '')
  const from = unit(min) === unit(max) ? min.slice(0, min.length - unit(min).length) : min
  return `${mean} (${from} to ${max})`
}

export const memoryWords = (v: Value) => valueWords(v, ram)
export const shareWords = (v: Value) => valueWords(v, percent)

export const pressureNames = ['normal', 'warning', 'critical'] as const

export function pressureName(level: number): string {
  return pressureNames[Math.min(2, Math.max(0, Math.round(level)))] ?? 'unknown'
}

export function pressureTone(level: number): Tone {
  return level >= 1.5 ? 'bad' : level >= 0.5 ? 'warn' : 'quiet'
}

/** What a model did at a moment: "idle for 14 min", "in use for 40 s". */
export function useWords(use: Use, t: number): string {
  if (use.count > 1) {
    const together = lost(((use.to - use.from) / 1000) * use.share)
    return `used ${count(use.count)} times, ${together} of ${lost((use.to - use.from) / 1000)}`
  }
  if (use.state === 'idle') return `idle for ${lost((t - use.from) / 1000)}`
  return use.to - use.from < 1000 ? 'in use' : `in use for ${lost((use.to - use.from) / 1000)}`
}

/** What a model was in a time of some length, in a word or two. */
export function duringWords(what: { doing: Doing | 'loading' | 'failed'; seconds: number }): string {
  switch (what.doing) {
    case 'in_use':
      return what.seconds < 1 ? 'in use for a moment' : `in use ${lost(what.seconds)}`
    case 'unknown':
      return 'in memory'
    case 'failed':
      return 'a load that failed'
    default:
      return what.doing
  }
}

/** What a model was in a stretch: "loaded, 131k context"; with its use, where that is known. */
export function spanState(s: LoadSpan, use = ''): string {
  const more = s.count > 1 ? `, ${count(s.count)} times` : ''
  const size = s.context_length === undefined ? '' : `, ${context(s.context_length)} context`
  switch (s.state) {
    case 'loading':
      return `loading${size}${more}`
    case 'failed':
      return `a load that failed${size}${more}`
    case 'loaded':
      return `in memory${size}${more}${use && `, ${use}`}`
  }
}

/** A server's name in a sentence. */
export function serverName(status: Status, id: string): string {
  const known = serverOf(status, id)
  return known ? serverLabel(known, status.servers) : id
}

/** How a server stood, as a sentence without its full stop. */
export function changeWords(change: ServerChange, name: string): { tone: Tone; text: string } {
  switch (change.state) {
    case 'up':
      return { tone: 'ok', text: `${name} answered` }
    case 'server_off':
      return { tone: 'bad', text: `${name}'s server was off` }
    case 'down':
      return { tone: 'bad', text: change.code === 'app_off' ? `${name} was not running` : `${name} did not answer` }
    case 'needs_token':
      return { tone: 'bad', text: `${name} wanted an API token` }
    default:
      return { tone: 'quiet', text: `Nobody knows how ${name} stood` }
  }
}

/** The same in a word or two. */
export function changeShort(change: ServerChange): string {
  switch (change.state) {
    case 'up':
      return 'on'
    case 'server_off':
      return 'server off'
    case 'down':
      return change.code === 'app_off' ? 'not running' : 'no answer'
    case 'needs_token':
      return 'wants a token'
    default:
      return 'not known'
  }
}

/** For how long something lasted, or has lasted so far; in the years before anything is known, nothing. */
export function lasted(from: number, to: number | undefined, now: number): string {
  return to === undefined ? `for ${lost((now - from) / 1000)} so far` : `for ${lost((to - from) / 1000)}`
}

/** What a mark of fallbacks stands for. */
export function fallbackWords(mark: FallbackMark, status: Status): { title: string; why: string } {
  const lostText = mark.lost_seconds ? `, ${lost(mark.lost_seconds)} lost` : ''
  if (mark.count !== 1 || !mark.requested) return { title: `${many(mark.count, 'fallback')}${lostText}`, why: '' }
  const why = mark.cause ? `${causeName(mark.cause)}${lostText}` : lostText.slice(2)
  if (mark.outcome === 'fell_back' && mark.answered) {
    const [asked, came] = pairNames(mark.requested, mark.answered, status)
    return { title: `${came} answered instead of ${asked}`, why }
  }
  const what = mark.outcome ? outcomeName(mark.outcome) : 'A fallback'
  return { title: `${what}: ${refName(mark.requested, status)} was asked`, why }
}

/** What a failed load was. */
export function failureWords(failure: LoadFailure, name: string): { title: string; why: string } {
  const told = loadWords({
    id: failure.load_id,
    at: failure.at,
    server: '',
    model: '',
    instance_id: '',
    event: 'load_failed',
    cause: failure.cause as never,
  }).text
  const more = failure.count > 1 ? ` ${count(failure.count)} times` : ''
  return { title: `${name} could not be loaded${more}`, why: failure.detail || told }
}

const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const dayTime = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

/** The time at the line: to the second where a second can be pointed at. */
export function chipTime(t: number, span: Span): string {
  return (length(span) <= 6 * 3_600_000 ? clockTime : dayTime).format(t)
}

/** The name of a mark, or of several at once. */
export function markName(at: number, words: { title: string; why: string }): string {
  return `${exactTime(at)}: ${words.title}${words.why ? `. ${words.why}` : ''}`
}

/** What a group of marks stands for. */
export function fallbacksName(c: Cluster<FallbackMark>, status: Status): string {
  const [only, ...others] = c.items
  const words =
    only && others.length === 0 ? fallbackWords(only, status) : { title: many(c.count, 'fallback'), why: '' }
  return markName(c.at, words)
}

export function failuresName(c: Cluster<LoadFailure>, name: string): string {
  const last = c.items.at(-1)
  if (!last) return ''
  return markName(c.at, failureWords({ ...last, count: c.count }, name))
}
