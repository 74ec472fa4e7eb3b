import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ticks } from './timeline-ticks'

const zone = process.env.TZ
const local = (...parts: [number, number, number, number?, number?]) => new Date(...parts).getTime()

describe.each(['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu'])('in %s', (tz) => {
  beforeEach(() => (process.env.TZ = tz))
  afterEach(() => (process.env.TZ = zone))

  it('lie on full hours of the calendar, and mark a new day', () => {
    const all = ticks({ from: local(2026, 10, 23, 18, 10), to: local(2026, 10, 24, 18, 10) }, 800)
    expect(all.map((t) => new Date(t.t).getHours())).toEqual([21, 0, 3, 6, 9, 12, 15, 18])
    expect(all.filter((t) => t.major).map((t) => t.t)).toEqual([local(2026, 10, 24)])
  })
  it('lie on full hours on the days of 23 and 25 hours, too', () => {
    for (const [month, day] of [
      [2, 29],
      [9, 25],
      [2, 8],
      [10, 1],
    ] as const) {
      const all = ticks({ from: local(2026, month, day - 1, 12), to: local(2026, month, day + 1, 12) }, 800)
      expect(all.length).toBeGreaterThan(5)
      for (const t of all) expect([t.t, new Date(t.t).getHours() % 6]).toEqual([t.t, 0])
      for (const [i, t] of all.entries()) if (i > 0) expect(t.t).toBeGreaterThan(all[i - 1]?.t ?? Infinity)
    }
  })
  it('lie on the first of a month over a year', () => {
    const all = ticks({ from: local(2025, 10, 24), to: local(2026, 10, 24) }, 1000)
    for (const t of all) expect(new Date(t.t).getDate()).toBe(1)
    expect(all.filter((t) => t.major).map((t) => new Date(t.t).getMonth())).toEqual([0])
  })
})

it('are far enough apart for their labels, whatever the span', () => {
  for (let length = 60_000; length < 800 * 86_400_000; length *= 1.7) {
    const to = local(2026, 10, 24, 10)
    for (const width of [280, 860, 1600]) {
      const all = ticks({ from: to - length, to }, width)
      for (const [i, t] of all.entries()) {
        const before = all[i - 1]
        // February is shorter than a month is on average.
        if (before) expect(((t.t - before.t) / length) * width).toBeGreaterThanOrEqual(84 * 0.85)
      }
    }
  }
})

it('stay where they are while the axis moves', () => {
  const from = local(2026, 10, 20)
  const length = 9 * 86_400_000
  const seen = new Set(ticks({ from, to: from + length }, 800).map((t) => t.t))
  const moved = ticks({ from: from + 86_400_000, to: from + length + 86_400_000 }, 800).map((t) => t.t)
  expect(moved.filter((t) => t <= from + length).every((t) => seen.has(t))).toBe(true)
})

it('name the time, the new day, the day of the month, the month or the year', () => {
  const labels = (days: number) =>
    ticks({ from: local(2026, 11, 20) - days * 43_200_000, to: local(2026, 11, 20) + days * 43_200_000 }, 800).map(
      (t) => t.label,
    )
  expect(labels(1)).toContain('Sun 20')
  expect(labels(1)).toContain('06:00')
  expect(labels(9)).toContain('20 Dec')
  expect(labels(300)).toEqual(expect.arrayContaining(['Nov', '2027']))
})
