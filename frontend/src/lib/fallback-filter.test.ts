import { describe, expect, it } from 'vitest'
import { exportHref, fallbacksHref, filterQuery, fits, readFilter } from './fallback-filter'
import { at, fallback, now } from './testing'

const read = (text: string) => readFilter(new URLSearchParams(text))
const midnight = (day: number) => new Date(2026, 10, day).toISOString()

describe('filter of fallbacks', () => {
  it('survives its way through an address', () => {
    const filter = {
      cause: 'server_off',
      outcome: 'fell_back',
      model: 'lmstudio/org/m x&y',
      session: 'agent:main:main',
      when: '2026-11-20',
    } as const
    const href = fallbacksHref(filter, 12)
    expect(href).toMatch(/^#\/fallbacks\/12\?/)
    expect(read(href.split('?')[1] ?? '')).toEqual(filter)
    expect(fallbacksHref({})).toBe('#/fallbacks')
    expect(fallbacksHref({ cause: undefined })).toBe('#/fallbacks')
  })
  it.each(['cause=nonsense', 'outcome=', 'when=9', 'when=2026-02-31', 'model=', 'at=history'])(
    '%s restricts nothing',
    (text) => expect(read(text)).toEqual({}),
  )
  it('asks for whole days of the calendar', () => {
    expect(filterQuery({ when: '1' }, now)).toEqual({ since: midnight(23) })
    expect(filterQuery({ when: '7' }, now)).toEqual({ since: midnight(17) })
    expect(filterQuery({ when: '2026-11-20', cause: 'auth' }, now)).toEqual({
      cause: 'auth',
      since: midnight(20),
      until: midnight(21),
    })
    expect(filterQuery({}, now)).toEqual({})
  })
  it('goes with the export', () => {
    const url = new URL(exportHref({ cause: 'auth', model: 'a/b', when: '1' }, 'csv', now), 'http://x')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      format: 'csv',
      cause: 'auth',
      model: 'a/b',
      since: midnight(23),
    })
  })
  it('tells what belongs into the list', () => {
    const f = fallback({ session_id: 's1', session_key: 'agent:main:main' })
    expect(fits(f, {})).toBe(true)
    expect(fits(f, { cause: 'server_off', outcome: 'fell_back', model: 'lmstudio/minimax-m2.1' })).toBe(true)
    expect(fits(f, { model: 'anthropic/claude-opus-4-6', session: 's1' })).toBe(true)
    expect(fits(f, { model: 'anthropic/other' })).toBe(false)
    expect(fits(f, { cause: 'auth' })).toBe(false)
    expect(fits(f, { session: 's2' })).toBe(false)
    expect(fits(f, { since: f.at })).toBe(true)
    expect(fits(f, { until: f.at })).toBe(false)
    expect(fits(f, { since: at(0) })).toBe(false)
  })
})
