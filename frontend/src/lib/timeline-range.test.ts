import { describe, expect, it } from 'vitest'
import { now } from './testing'
import {
  aroundHref,
  bounded,
  held,
  least,
  length,
  most,
  panned,
  ranges,
  reaching,
  readAsked,
  timelineHref,
  usual,
  zoomed,
} from './timeline-range'

const hour = 3_600_000
const query = (href: string) => new URLSearchParams(href.split('?')[1])
const span = { from: now - 2 * hour, to: now - hour }

describe('the address', () => {
  it('keeps a range that follows the clock', () => {
    for (const range of ranges) expect(readAsked(query(timelineHref({ range })))).toEqual({ range })
  })
  it.each([
    [undefined, '24h'],
    [0.2, '1h'],
    [1.5, '6h'],
    [20, '24h'],
    [200, '24h'],
  ])('shows as much as is known: with %s hours %s', (hours, last) => {
    expect(reaching(hours === undefined ? undefined : now - hours * hour, now).last).toBe(last)
  })
  it('keeps a span and the moment that is pointed at, to the second', () => {
    const href = timelineHref({ span, at: now - 1.5 * hour })
    expect(href).toMatch(/^#\/timeline\?from=2026-11-2\dT[\d:]+Z&to=2026-11-2\dT[\d:]+Z&at=2026-11-2\dT[\d:]+Z$/)
    expect(readAsked(query(href))).toEqual({ span, at: now - 1.5 * hour })
  })
  it.each([
    '',
    'from=x&to=y',
    'last=2w',
    'from=2026-11-23T10:00:00Z',
    'from=2026-11-23T10:00:00Z&to=2026-11-23T09:00:00Z',
  ])('reads %j as the usual range, or less', (text) =>
    expect(readAsked(new URLSearchParams(text))).toEqual({ range: usual, open: true }),
  )
  it('shows no less than two minutes and no more than two years', () => {
    expect(length(readAsked(query('?from=2026-11-23T10:00:00Z&to=2026-11-23T10:00:01Z')).span ?? span)).toBe(least)
    expect(length(readAsked(query('?from=1980-01-01T00:00:00Z&to=2026-11-23T10:00:01Z')).span ?? span)).toBe(most)
  })
  it('leads to the hour around a moment', () => {
    const asked = readAsked(query(aroundHref(new Date(now).toISOString())))
    expect(asked).toEqual({ span: { from: now - 40 * 60_000, to: now + 20 * 60_000 }, at: now })
  })
})

describe('moving', () => {
  it('zooms around a moment, which stays where it is', () => {
    const around = span.from + hour / 4
    const closer = zoomed(span, 0.5, around, now)
    expect(length(closer)).toBe(hour / 2)
    expect((around - closer.from) / length(closer)).toBeCloseTo(0.25)
  })
  it('pans by a part of the span', () => {
    expect(panned(span, -0.5, now)).toEqual({ from: span.from - hour / 2, to: span.to - hour / 2 })
  })
  it('stops a fifth of a span after now', () => {
    expect(panned(span, 10, now)).toEqual({ from: now - 0.8 * hour, to: now + 0.2 * hour })
    expect(held(span, now)).toBe(span)
  })
  it('keeps its middle when it would be too short', () => {
    const tiny = bounded({ from: now - 1000, to: now + 1000 })
    expect([length(tiny), (tiny.from + tiny.to) / 2]).toEqual([least, now])
  })
})
