// The marks of a time axis, on the full hours, days and months of this
// machine's calendar. Pure; times are milliseconds since 1970.

import type { Span } from './timeline-range'

export interface Tick {
  t: number
  label: string
  /** Where a day, or among months a year, begins. */
  major: boolean
}

type Unit = 'second' | 'minute' | 'hour' | 'day' | 'month'

const lengths: Record<Unit, number> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  month: 30.4 * 86_400_000,
}

const steps: [Unit, number][] = [
  ['second', 10],
  ['second', 30],
  ['minute', 1],
  ['minute', 2],
  ['minute', 5],
  ['minute', 10],
  ['minute', 15],
  ['minute', 30],
  ['hour', 1],
  ['hour', 2],
  ['hour', 3],
  ['hour', 6],
  ['hour', 12],
  ['day', 1],
  ['day', 2],
  ['day', 7],
  ['month', 1],
  ['month', 2],
  ['month', 3],
  ['month', 6],
  ['month', 12],
]

const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', options)
const second = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
const time = format({ hour: '2-digit', minute: '2-digit' })
const weekdayDay = format({ weekday: 'short', day: 'numeric' })
const dayMonth = format({ day: 'numeric', month: 'short' })
const month = format({ month: 'short' })
const year = format({ year: 'numeric' })

/** Ticks of a span, at least so many pixels apart on an axis of this width. */
export function ticks(span: Span, width: number, apart = 84): Tick[] {
  const least = ((span.to - span.from) / Math.max(1, width)) * apart
  const [unit, count] = steps.find(([u, n]) => lengths[u] * n >= least) ?? ['month', 12]
  const out: Tick[] = []
  for (let t = first(span.from, unit, count); t <= span.to && out.length < 100; t = next(t, unit, count)) {
    if (t >= span.from) out.push({ t, ...labelled(t, unit) })
  }
  return out
}

/** A full step of the calendar at or before a moment. */
function first(from: number, unit: Unit, count: number): number {
  const d = new Date(from)
  switch (unit) {
    case 'second':
      return d.setSeconds(Math.floor(d.getSeconds() / count) * count, 0)
    case 'minute':
      return d.setMinutes(Math.floor(d.getMinutes() / count) * count, 0, 0)
    case 'hour':
      return d.setHours(Math.floor(d.getHours() / count) * count, 0, 0, 0)
    case 'day':
      d.setHours(0, 0, 0, 0)
      // Weeks begin on Monday; every other day is counted from a fixed one, so
      // that the ticks stay where they are while the axis moves.
      return d.setDate(d.getDate() - ((dayNumber(d) + 3) % count))
    case 'month':
      return new Date(d.getFullYear(), Math.floor(d.getMonth() / count) * count, 1).getTime()
  }
}

/** Days of the calendar since Thursday 1 January 1970. */
function dayNumber(d: Date): number {
  return Math.round(Date.UTC(d.getFullYear(), d.getMonth(), d.getDate()) / lengths.day)
}

/** One step on by the calendar, whatever the summer time does. */
function next(t: number, unit: Unit, count: number): number {
  const d = new Date(t)
  if (unit === 'day') return d.setDate(d.getDate() + count)
  if (unit === 'month') return d.setMonth(d.getMonth() + count)
  const on = t + count * lengths[unit]
  if (unit !== 'hour' || count === 1) return on
  // A day of 23 or 25 hours: the next step is again on a full one of its own.
  const to = new Date(on)
  const odd = to.getHours() % count
  return odd === 0 ? on : on + (odd > count / 2 ? count - odd : -odd) * lengths.hour
}

function labelled(t: number, unit: Unit): { label: string; major: boolean } {
  const d = new Date(t)
  const midnight = d.getHours() === 0 && d.getMinutes() === 0 && d.getSeconds() === 0
  if (unit === 'month') {
    const begins = d.getMonth() === 0
    return { label: begins ? year.format(d) : month.format(d), major: begins }
  }
  if (unit === 'day') return { label: dayMonth.format(d), major: d.getDate() === 1 }
  if (midnight) return { label: weekdayDay.format(d), major: true }
  return { label: (unit === 'second' ? second : time).format(d), major: false }
}
