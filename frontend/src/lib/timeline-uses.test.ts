import { describe, expect, it } from 'vitest'
import type { Lane, LoadSpan, UseSpan } from '../api/types'
import { at, now } from './testing'
import { during, pieces, useAt } from './timeline-uses'

const span = (from: number, to: number | null, over: Partial<LoadSpan> = {}): LoadSpan => ({
  from: at(from),
  to: to === null ? null : at(to),
  state: 'loaded',
  instance_id: 'a',
  count: 1,
  ...over,
})
const use = (state: UseSpan['state'], from: number, to: number, over: Partial<UseSpan> = {}): UseSpan => ({
  from: at(from),
  to: at(to),
  state,
  instance_id: 'a',
  count: 1,
  ...over,
})
const lane = (spans: LoadSpan[], uses: UseSpan[]): Lane => ({ server: 's', model: 'm', spans, failures: [], uses })

/** Pieces in seconds before now: "3600-1800 idle". */
const told = (l: Lane, s = l.spans[0]) =>
  s ? pieces(l, s, now).map((p) => `${(now - p.from) / 1000}-${(now - p.to) / 1000} ${p.doing}`) : []

describe('a span in memory', () => {
  it('is one piece where nobody tells whether it is used', () =>
    expect(told(lane([span(3600, null)], []))).toEqual(['3600-0 unknown']))
  it('is idle and in use in turn', () =>
    expect(
      told(lane([span(3600, null)], [use('idle', 3600, 1800), use('in_use', 1800, 1700), use('idle', 1700, 0)])),
    ).toEqual(['3600-1800 idle', '1800-1700 in_use', '1700-0 idle']))
  it('goes on as it was between two looks and since the last, but for no longer', () => {
    const uses = [use('idle', 3000, 2000), use('in_use', 1950, 1900), use('idle', 1900, 1000), use('idle', 500, 30)]
    expect(told(lane([span(3600, null)], uses))).toEqual([
      '3600-3000 unknown',
      '3000-1950 idle',
      '1950-1900 in_use',
      '1900-1000 idle',
      '1000-500 unknown',
      '500-0 idle',
    ])
  })
  it('keeps a moment of use, which has no length', () =>
    expect(told(lane([span(600, 100)], [use('in_use', 300, 300), use('idle', 300, 100)]))).toEqual([
      '600-300 unknown',
      '300-300 in_use',
      '300-100 idle',
    ]))
  it('ends what is known with itself, and begins it so', () => {
    const l = lane([span(900, 600), span(500, 100)], [use('idle', 2000, 550), use('idle', 520, 0)])
    expect([told(l), told(l, l.spans[1])]).toEqual([['900-600 idle'], ['500-100 idle']])
  })
  it('is not taken for another instance of the model', () =>
    expect(told(lane([span(600, 100, { instance_id: 'a:2' })], [use('in_use', 600, 100)]))).toEqual([
      '600-100 unknown',
    ]))
  it('tells how much of several uses in one was use', () => {
    const l = lane([span(600, 0)], [use('in_use', 500, 100, { count: 9, used_seconds: 100 })])
    expect(pieces(l, span(600, 0), now).find((p) => p.doing === 'in_use')?.share).toBe(0.25)
  })
})

it('says what a moment was', () => {
  const l = lane([span(3600, null)], [use('idle', 3600, 1800), use('in_use', 1800, 1800), use('idle', 1800, 1000)])
  const [s] = l.spans
  const doing = (seconds: number) => s && useAt(l, s, now - seconds * 1000)
  expect(doing(4000)).toBeUndefined()
  expect(doing(2400)).toMatchObject({ state: 'idle', from: now - 3_600_000 })
  expect(doing(1800)?.state).toBe('in_use')
  expect(doing(1799)).toMatchObject({ state: 'idle', from: now - 1_800_000 })
  expect(doing(950)?.state).toBe('idle')
  expect(doing(600)).toBeUndefined()
})

it('takes a use that still was at the last look to go on', () => {
  const l = lane([span(3600, null)], [use('in_use', 300, 60)])
  const [s] = l.spans
  expect(s && useAt(l, s, now)).toMatchObject({ state: 'in_use', from: now - 300_000, to: now })
  expect(told(l)).toEqual(['3600-300 unknown', '300-0 in_use'])
})

it('says the most of a time: any use, else what took longest', () => {
  const l = lane(
    [span(3600, 3500, { state: 'loading' }), span(3500, null)],
    [use('idle', 3000, 1800), use('in_use', 1800, 1740), use('idle', 1740, 0)],
  )
  const did = (from: number, to: number) => during(l, now - from * 1000, now - to * 1000, now)
  expect(did(3600, 3490)).toEqual({ doing: 'loading', seconds: 100 })
  expect(did(3500, 3100)).toEqual({ doing: 'unknown', seconds: 400 })
  expect(did(1900, 900)).toEqual({ doing: 'in_use', seconds: 60 })
  expect(did(900, 0)).toEqual({ doing: 'idle', seconds: 900 })
  expect(did(9000, 8000)).toBeUndefined()
})
