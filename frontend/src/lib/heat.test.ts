import { describe, expect, it } from 'vitest'
import { daySpan, heat, heatName, heatStart, heatStep } from './heat'
import { plain } from './testing'

// A Tuesday.
const now = new Date(2026, 10, 24, 10, 42, 7).getTime()

describe('heat map', () => {
  const map = heat(
    [
      { day: '2026-11-24', count: 3, lost_seconds: 125 },
      { day: '2026-11-02', count: 1, lost_seconds: 0 },
      { day: '2020-01-01', count: 99, lost_seconds: 1 },
    ],
    now,
  )
  const days = map.columns.flat()

  it('has 26 weeks from a Monday to today, and no day to come', () => {
    expect(map.columns).toHaveLength(26)
    expect(map.columns.slice(0, 25).every((c) => c.length === 7)).toBe(true)
    expect(map.columns[25]?.map((d) => d.key)).toEqual(['2026-11-23', '2026-11-24'])
    expect(days[0]?.key).toBe('2026-06-01')
    expect(heatStart(now).getTime()).toBe(new Date(2026, 5, 1).getTime())
    expect(new Set(days.map((d) => d.key)).size).toBe(25 * 7 + 2)
  })
  it('ends on a Sunday with a whole week', () => {
    const sunday = heat([], new Date(2026, 10, 29, 23, 59).getTime())
    expect(sunday.columns[25]).toHaveLength(7)
    expect(sunday.columns[25]?.[6]?.key).toBe('2026-11-29')
  })
  it('counts what falls into it', () => {
    expect(days.reduce((sum, d) => sum + d.count, 0)).toBe(4)
    expect(days.find((d) => d.key === '2026-11-24')).toMatchObject({ count: 3, lost: 125, level: 2 })
  })
  it.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [9, 3],
    [10, 4],
    [5000, 4],
  ])('draws %d fallbacks at level %d', (count, level) => {
    expect(heat([{ day: '2026-11-24', count, lost_seconds: 0 }], now).columns[25]?.[1]?.level).toBe(level)
  })
  it('names the months where they begin', () => {
    expect(map.months[0]).toBe('Jun')
    // "Sep" or "Sept", as the browser's language data has it.
    expect(map.months.flatMap((m) => m?.slice(0, 3) ?? [])).toEqual(['Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov'])
  })
  it('names a day', () => {
    expect(days.filter((d) => d.count).map((d) => plain(heatName(d, now)))).toEqual([
      '1 fallback on Mon 2 Nov',
      '3 fallbacks on Tue 24 Nov, 2 min lost',
    ])
    expect(heatName(days[0]!, now)).toBe('No fallback on Mon 1 Jun')
  })
  it('is walked by day and by week, and ends at its edges', () => {
    const step = (from: string, key: string) => heatStep(map, from, key)
    expect(step('2026-11-24', 'ArrowLeft')).toBe('2026-11-17')
    expect(step('2026-11-24', 'ArrowUp')).toBe('2026-11-23')
    expect(step('2026-11-22', 'ArrowDown')).toBe('2026-11-23')
    expect(step('2026-11-24', 'ArrowRight')).toBe('2026-11-24')
    expect(step('2026-11-24', 'Home')).toBe('2026-06-01')
    expect(step('2026-06-01', 'ArrowUp')).toBe('2026-06-01')
    expect(step('2026-06-01', 'End')).toBe('2026-11-24')
    expect(step('2026-11-24', 'a')).toBeUndefined()
    expect(step('2020-01-01', 'ArrowUp')).toBeUndefined()
  })
  it('knows the span of a day', () => {
    expect(daySpan('2026-11-24')).toEqual({
      since: new Date(2026, 10, 24).toISOString(),
      until: new Date(2026, 10, 25).toISOString(),
    })
    expect(daySpan('soon')).toBeUndefined()
  })
})
