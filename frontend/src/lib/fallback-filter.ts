// What restricts the list of fallbacks: kept in the address, so that a link
// keeps it. Pure.

import type { Cause, Fallback } from '../api/types'
import { causeNames, outcomeNames } from './fallback'
import { dayStart } from './format'
import { daySpan } from './heat'

export interface FallbackFilter {
  cause?: Cause['code']
  outcome?: Fallback['outcome']
  /** Requested or answered. */
  model?: string
  session?: string
  /** A day of the calendar, "2026-11-24", or how many days up to today. */
  when?: string
}

/** Spans that can be chosen, in days up to today. */
export const spans = [
  { when: '1', label: 'Today' },
  { when: '7', label: 'The last 7 days' },
  { when: '30', label: 'The last 30 days' },
  { when: '182', label: 'The last 26 weeks' },
]

/** Reads the query of an address; what makes no sense restricts nothing. */
export function readFilter(query: URLSearchParams): FallbackFilter {
  const known = <T extends string>(name: string, all: [T, string][]) =>
    all.find(([code]) => code === query.get(name))?.[0]
  const when = query.get('when') ?? ''
  const filter: FallbackFilter = {
    cause: known('cause', causeNames),
    outcome: known('outcome', outcomeNames),
    model: query.get('model') || undefined,
    session: query.get('session') || undefined,
    when: dayStart(when) || spans.some((s) => s.when === when) ? when : undefined,
  }
  return pruned(filter)
}

/** A filter without what is left open, so that two alike are written alike. */
function pruned(filter: FallbackFilter): FallbackFilter {
  const keys = ['when', 'cause', 'outcome', 'model', 'session'] as const
  return Object.fromEntries(keys.filter((k) => filter[k]).map((k) => [k, filter[k]]))
}

/** The address of the list, or of one fallback in it, with a filter. */
export function fallbacksHref(filter: FallbackFilter, item?: number): string {
  const query = new URLSearchParams(pruned(filter) as Record<string, string>).toString()
  return `#/fallbacks${item === undefined ? '' : `/${item}`}${query ? `?${query}` : ''}`
}

/** What the API is asked for. */
export interface FallbackQuery extends Omit<FallbackFilter, 'when'> {
  since?: string
  until?: string
}

export function filterQuery(filter: FallbackFilter, now: number): FallbackQuery {
  const { when, ...rest } = filter
  return { ...rest, ...whenSpan(when, now) }
}

function whenSpan(when: string | undefined, now: number): { since?: string; until?: string } {
  if (!when) return {}
  const days = spans.find((s) => s.when === when)
  if (!days) return daySpan(when) ?? {}
  const t = new Date(now)
  return {
    since: new Date(t.getFullYear(), t.getMonth(), t.getDate() - Number(when) + 1).toISOString(),
  }
}

/** Where what fits is to be had as a file. */
export function exportHref(filter: FallbackFilter, format: 'csv' | 'jsonl', now: number): string {
  return `/api/export/fallbacks?${new URLSearchParams({ format, ...filterQuery(filter, now) }).toString()}`
}

/** Whether a fallback that was just told of belongs into the list. */
export function fits(f: Fallback, query: FallbackQuery): boolean {
  const { cause, outcome, model, session, since, until } = query
  const at = Date.parse(f.at)
  return (
    (!cause || f.cause.code === cause) &&
    (!outcome || f.outcome === outcome) &&
    (!model || f.requested === model || f.answered === model) &&
    (!session || f.session_key === session || f.session_id === session) &&
    (!since || at >= Date.parse(since)) &&
    (!until || at < Date.parse(until))
  )
}
