// The days of the heat map: weeks side by side, Monday on top, up to today.
// Pure; the calendar is this machine's.

import type { FallbackDay } from '../api/types'
import { dayKey, dayStart, dayWords, lost, many } from './format'

export const weeks = 26

export interface HeatDay {
  key: string
  count: number
  lost: number
  /** How strongly it is drawn, 0 to 4. */
  level: number
}

export interface Heat {
  /** A column each, Monday first; the last one ends with today. */
  columns: HeatDay[][]
  /** A month's name over the column in which it begins. */
  months: (string | undefined)[]
}

/** The Monday with which the map begins. */
export function heatStart(now: number): Date {
  const t = new Date(now)
  const sinceMonday = (t.getDay() + 6) % 7
  return new Date(t.getFullYear(), t.getMonth(), t.getDate() - sinceMonday - (weeks - 1) * 7)
}

const month = new Intl.DateTimeFormat('en-GB', { month: 'short' })

export function heat(days: FallbackDay[], now: number): Heat {
  const counted = new Map(days.map((d) => [d.day, d]))
  const start = heatStart(now)
  const columns: HeatDay[][] = []
  const months: Heat['months'] = []
  const today = dayKey(new Date(now))
  for (let week = 0; week < weeks; week++) {
    const column: HeatDay[] = []
    let begins: string | undefined
    for (let day = 0; day < 7; day++) {
      // Counted in calendar days, because some days have 23 or 25 hours.
      const t = new Date(start.getFullYear(), start.getMonth(), start.getDate() + week * 7 + day)
      const key = dayKey(t)
      if (key > today) break
      const found = counted.get(key)
      const n = found?.count ?? 0
      column.push({ key, count: n, lost: found?.lost_seconds ?? 0, level: level(n) })
      if (t.getDate() === 1) begins = month.format(t)
    }
    columns.push(column)
    months.push(begins)
  }
  return { columns, months }
}

function level(count: number): number {
  if (count <= 0) return 0
  if (count === 1) return 1
  if (count <= 3) return 2
  return count <= 9 ? 3 : 4
}

/** What a day is called: "3 fallbacks on Tue 24 Nov, 2 min lost". */
export function heatName(day: HeatDay, now: number): string {
  const on = dayWords(day.key, now)
  if (day.count === 0) return `No fallback on ${on}`
  return `${many(day.count, 'fallback')} on ${on}${day.lost > 0 ? `, ${lost(day.lost)} lost` : ''}`
}

/** Where a key of the keyboard leads from a day; undefined of a key that leads nowhere. */
export function heatStep(map: Heat, from: string, key: string): string | undefined {
  const all = map.columns.flat().map((d) => d.key)
  const at = all.indexOf(from)
  const to: Record<string, number> = {
    ArrowUp: at - 1,
    ArrowDown: at + 1,
    ArrowLeft: at - 7,
    ArrowRight: at + 7,
    Home: 0,
    End: all.length - 1,
  }
  const next = to[key]
  if (next === undefined || at < 0) return undefined
  return next < 0 || next >= all.length ? from : all[next]
}

/** The span of a day, for asking the API; undefined of what is no day. */
export function daySpan(key: string): { since: string; until: string } | undefined {
  const t = dayStart(key)
  if (!t) return undefined
  const end = new Date(t.getFullYear(), t.getMonth(), t.getDate() + 1)
  return { since: t.toISOString(), until: end.toISOString() }
}
