import { describe, expect, it } from 'vitest'
import {
  ago,
  context,
  count,
  bytes,
  ram,
  dayKey,
  dayMoment,
  dayStart,
  dayWords,
  duration,
  exact,
  inTime,
  left,
  lost,
  lostLong,
  many,
  moment,
  percent,
  second,
  secondsUntilTomorrow,
  span,
  times,
} from './format'

/** Reads no-break spaces as plain ones. */
const plain = (s: string) => s.replaceAll('\u00a0', ' ')
const now = new Date(2026, 10, 23, 10, 42, 7).getTime()
const iso = (secondsAgo: number) => new Date(now - secondsAgo * 1000).toISOString()

describe('lengths of time', () => {
  it.each([
    [0, '0 s'],
    [-3, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3599, '59 min'],
    [3600, '1 h'],
    [47 * 3600, '47 h'],
    [48 * 3600, '2 days'],
  ])('span(%d) is %s', (seconds, want) => expect(plain(span(seconds))).toBe(want))

  it.each([
    [0.84, '0.8 s'],
    [5, '5 s'],
    [9.96, '10 s'],
    [41.2, '41 s'],
    [59.7, '1 min'],
    [125, '2 min 5 s'],
    [3600, '1 h'],
    [7384, '2 h 3 min'],
  ])('duration(%d) is %s', (seconds, want) => expect(plain(duration(seconds))).toBe(want))
})

describe('lost time', () => {
  it.each([
    [0, '0 s', 'under a second'],
    [0.2, 'under 1 s', 'under a second'],
    [1.2, '1 s', '1 second'],
    [74, '74 s', '74 seconds'],
    [99.6, '2 min', '2 minutes'],
    [125, '2 min', '2 minutes'],
    [3590, '1 h', '1 hour'],
    [3900, '1 h 5 min', '1 hour 5 minutes'],
  ])('%d s is %s, %s', (seconds, short, long) => {
    expect(plain(lost(seconds))).toBe(short)
    expect(lostLong(seconds)).toBe(long)
  })
  it('counts in words', () => {
    expect([1, 2, 3].map(times)).toEqual(['once', 'twice', '3 times'])
    expect([1, 12000].map((n) => many(n, 'fallback'))).toEqual(['1 fallback', '12,000 fallbacks'])
  })
})

describe('days', () => {
  it('names a day and finds it again', () => {
    expect(dayKey(new Date(now))).toBe('2026-11-23')
    expect(dayStart('2026-11-23')?.getTime()).toBe(new Date(2026, 10, 23).getTime())
    expect(dayWords('2026-11-23', now)).toBe('Mon 23 Nov')
    expect(dayWords('2025-11-23', now)).toBe('Sun 23 Nov 2025')
  })
  it.each(['', 'today', '2026-02-30', '2026-13-01', '26-1-1'])('takes %j for no day', (key) =>
    expect(dayStart(key)).toBeUndefined(),
  )
  it('names the day where it could be mistaken', () => {
    expect(dayMoment(iso(60), now)).toBe('today 10:41')
    expect(dayMoment(iso(24 * 3600), now)).toBe('yesterday 10:42')
    expect(second(iso(60), iso(0))).toBe('10:41:07')
    expect(second(iso(24 * 3600), iso(0))).toBe('22 Nov 10:42:07')
  })
})

describe('moments', () => {
  it('tells how long ago, and never lies ahead', () => {
    expect(ago(iso(-30), now)).toBe('just now')
    expect(ago(iso(2), now)).toBe('just now')
    expect(plain(ago(iso(41), now))).toBe('41 s ago')
    expect(plain(ago(iso(3 * 3600 + 720), now))).toBe('3 h ago')
  })
  it('counts down, rounding so that it never promises too early', () => {
    expect(plain(left(iso(-11.2), now))).toBe('12 s')
    expect(plain(left(iso(-47 * 60), now))).toBe('47 min')
    expect(left(iso(3), now)).toBe('any moment')
    expect(plain(inTime(iso(-11.2), now))).toBe('in 12 s')
    expect(inTime(iso(3), now)).toBe('any moment')
  })
  it('names the day where it is not today', () => {
    expect(moment(iso(3600), now)).toBe('09:42')
    expect(moment(iso(24 * 3600), now)).toBe('yesterday 10:42')
    expect(moment(iso(11 * 3600), now)).toBe('yesterday 23:42')
    expect(moment(iso(-20 * 3600), now)).toBe('tomorrow 06:42')
    expect(moment(iso(3 * 24 * 3600), now)).toBe('20 Nov 10:42')
    expect(moment(new Date(2025, 0, 2, 8, 5).toISOString(), now)).toBe('2 Jan 2025 08:05')
  })
  it('is exact on hover', () => expect(exact(iso(0))).toBe('Mon 23 Nov 2026, 10:42:07'))
  it('pauses until seven of the next day, also just after midnight', () => {
    const night = new Date(2026, 10, 23, 0, 30).getTime()
    expect(new Date(now + secondsUntilTomorrow(now) * 1000)).toEqual(new Date(2026, 10, 24, 7))
    expect(new Date(night + secondsUntilTomorrow(night) * 1000)).toEqual(new Date(2026, 10, 24, 7))
  })
})

describe('figures', () => {
  it.each([
    [512, '512'],
    [4096, '4k'],
    [32768, '32k'],
    [131072, '131k'],
    [196608, '196k'],
    [1048576, '1M'],
    [1310720, '1.3M'],
  ])('context(%d) is %s', (n, want) => expect(context(n)).toBe(want))
  it.each([
    [0, '0 B'],
    [771933305, '772 MB'],
    [1.25e9, '1.3 GB'],
    [9.96e9, '10 GB'],
    [138.38e9, '138 GB'],
    [1.5e12, '1.5 TB'],
  ])('bytes(%d) is %s', (n, want) => expect(plain(bytes(n))).toBe(want))

  it('writes memory as Activity Monitor does', () => {
    expect(plain(ram(512 * 2 ** 30))).toBe('512 GB')
    expect(plain(ram(4.5 * 2 ** 30))).toBe('4.5 GB')
  })
  it('keeps thousands apart and percentages within bounds', () => {
    expect(count(131072)).toBe('131,072')
    expect(plain(percent(0.637))).toBe('64 %')
    expect(plain(percent(1.4))).toBe('100 %')
  })
})
