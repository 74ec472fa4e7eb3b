// Which span of time the Timeline shows: kept in the address, so that a link
// keeps it. Pure; times are milliseconds since 1970.

export interface Span {
  from: number
  to: number
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Spans that end now and go on with it, from short to long. */
export const ranges = [
  { last: '1h', label: '1 h', words: 'The last hour', length: hour },
  { last: '6h', label: '6 h', words: 'The last 6 hours', length: 6 * hour },
  { last: '24h', label: '24 h', words: 'The last 24 hours', length: day },
  { last: '7d', label: '7 d', words: 'The last 7 days', length: 7 * day },
  { last: '30d', label: '30 d', words: 'The last 30 days', length: 30 * day },
  { last: '1y', label: '1 y', words: 'The last year', length: 365 * day },
] as const

export type Range = (typeof ranges)[number]

/** The most that the page shows while its address names nothing. */
export const usual: Range = ranges[2]

/** The least and the most that can be seen at once. Figures are kept for two years. */
export const least = 2 * minute
export const most = 2 * 365 * day

/** What an address asks for. */
export interface Asked {
  /** The span follows the clock. */
  range?: Range
  /** Nothing was named: a shorter range does where less is known. */
  open?: true
  /** The span stands still. */
  span?: Span
  /** A moment that is pointed at. */
  at?: number
}

/** Reads the query of an address; what makes no sense is the usual range. */
export function readAsked(query: URLSearchParams): Asked {
  const at = timeOf(query.get('at'))
  const moment = at === undefined ? {} : { at }
  const from = timeOf(query.get('from'))
  const to = timeOf(query.get('to'))
  if (from !== undefined && to !== undefined && to > from) return { span: bounded({ from, to }), ...moment }
  const range = ranges.find((r) => r.last === query.get('last'))
  return range ? { range, ...moment } : { range: usual, open: true, ...moment }
}

/** The shortest range that reaches back to what is known first, the usual one at most. */
export function reaching(first: number | undefined, now: number): Range {
  if (first === undefined) return usual
  return ranges.find((r) => r === usual || now - first <= r.length) ?? usual
}

function timeOf(text: string | null): number | undefined {
  if (!text) return undefined
  const t = Date.parse(text)
  return Number.isFinite(t) && t > 0 ? t : undefined
}

/** The address of a range, or of a span that stands still. */
export function timelineHref(asked: Asked): string {
  const query: string[] = []
  // To the second: no finer can be seen. Colons may stand in a fragment as they are.
  const iso = (t: number) => new Date(Math.round(t / 1000) * 1000).toISOString().replace('.000', '')
  if (asked.span) query.push(`from=${iso(asked.span.from)}`, `to=${iso(asked.span.to)}`)
  else if (asked.range) query.push(`last=${asked.range.last}`)
  if (asked.at !== undefined) query.push(`at=${iso(asked.at)}`)
  return `#/timeline${query.length > 0 ? `?${query.join('&')}` : ''}`
}

/** The address of the hour around a moment, which is pointed at. */
export function aroundHref(iso: string): string {
  const at = Date.parse(iso)
  return timelineHref({ span: { from: at - 40 * minute, to: at + 20 * minute }, at })
}

/** Keeps a span within what can be seen at once, around its middle. */
export function bounded(span: Span): Span {
  const length = span.to - span.from
  const wanted = Math.min(most, Math.max(least, length))
  if (wanted === length) return span
  const middle = (span.from + span.to) / 2
  return { from: middle - wanted / 2, to: middle + wanted / 2 }
}

/** Moves a span by a part of its length; it never shows more than a fifth of the future. */
export function panned(span: Span, part: number, now: number): Span {
  return held({ from: span.from + part * length(span), to: span.to + part * length(span) }, now)
}

/** Makes a span longer or shorter around a moment, which stays where it is. */
export function zoomed(span: Span, factor: number, around: number, now: number): Span {
  const wanted = Math.min(most, Math.max(least, length(span) * factor))
  const part = (around - span.from) / length(span)
  const from = around - part * wanted
  return held({ from, to: from + wanted }, now)
}

/** Keeps a span from running into the future. */
export function held(span: Span, now: number): Span {
  const over = span.to - (now + length(span) / 5)
  return over > 0 ? { from: span.from - over, to: span.to - over } : span
}

export function length(span: Span): number {
  return span.to - span.from
}
