import { describe, expect, it } from 'vitest'
import type { FallbackMark, ServerChange, Timeline } from '../api/types'
import { at, now, status, keep } from './testing'
import {
  changeAt,
  clusterHref,
  clusters,
  contextShade,
  happenings,
  ordered,
  serverLanes,
  spansAt,
  tally,
} from './timeline-marks'

const hour = 3_600_000
const mark = (secondsAgo: number, over: Partial<FallbackMark> = {}): FallbackMark => ({
  at: at(secondsAgo),
  count: 1,
  id: secondsAgo,
  ...over,
})
const day = { from: now - 24 * hour, to: now }
const change = (over: Partial<ServerChange> = {}): ServerChange => ({
  id: 1,
  at: at(7200),
  server: 's',
  state: 'up',
  ...over,
})
const lane = (model: string, over: Partial<Timeline['lanes'][number]> = {}) => ({
  server: 's',
  model,
  spans: [],
  failures: [],
  uses: [],
  ...over,
})
const timeline = (over: Partial<Timeline> = {}): Timeline => ({
  from: at(86400),
  to: at(0),
  bin_seconds: 60,
  lanes: [],
  fallbacks: [],
  servers: [],
  ...over,
})

describe('marks close together', () => {
  const marks = [80_000, 7300, 7200, 7100, 60].map((s) => mark(s))
  it('are one, and every group lies apart from the next', () => {
    const all = clusters(marks, day, 800)
    expect(all.map((c) => c.count)).toEqual([1, 3, 1])
    expect(all.reduce((sum, c) => sum + c.count, 0)).toBe(5)
    for (const [i, c] of all.entries())
      if (i > 0) expect(((c.at - (all[i - 1]?.at ?? 0)) / (24 * hour)) * 800).toBeGreaterThanOrEqual(24)
  })
  it('do not regroup while the axis moves', () => {
    const groups = (shift: number) =>
      clusters(marks, { from: day.from + shift, to: day.to + shift }, 800).map((c) => c.items.length)
    for (let shift = 0; shift < hour; shift += 61_000) expect(groups(shift)).toEqual(groups(0))
  })
  it('come apart when one looks closer', () => {
    expect(clusters(marks.slice(1, 4), { from: now - 2.1 * hour, to: now - 1.9 * hour }, 800)).toHaveLength(3)
  })
  it('lead to a story, to where they lie apart, or to the day', () => {
    const [one, three] = clusters(marks, day, 800)
    expect(one && clusterHref(one)).toBe('#/fallbacks/80000')
    expect(three && clusterHref(three)).toMatch(/^#\/timeline\?from=.*&to=/)
    const [same] = clusters([mark(60), mark(61)], day, 800)
    expect(same && clusterHref(same)).toMatch(/^#\/fallbacks\?when=2026-11-2\d$/)
    expect(clusterHref({ at: now, to: now, count: 9, items: [mark(0, { id: undefined, count: 9 })] })).toMatch(/when=/)
  })
})

it('knows a lane and a server at a moment, also before and after what is known', () => {
  const l = lane('mm', {
    spans: [
      { from: null, to: at(7200), state: 'loaded', count: 1 },
      { from: at(3600), to: null, state: 'loading', count: 1 },
    ],
  })
  expect(spansAt(l, now - 99 * hour).map((s) => s.state)).toEqual(['loaded'])
  expect(spansAt(l, now - 1.5 * hour)).toEqual([])
  expect(spansAt(l, now).map((s) => s.state)).toEqual(['loading'])
  const changes = [change({ until: at(3600) }), change({ at: at(3600), state: 'down' })]
  expect(changeAt(changes, now)?.state).toBe('down')
  expect(changeAt(changes, now - 9 * hour)).toBeUndefined()
})

it('puts the kept model first, and leaves out servers of which nothing is known', () => {
  const s = status({ keep: keep({ model: 'b' }) })
  expect(ordered([lane('a'), lane('b'), lane('c')], s).map((l) => l.model)).toEqual(['b', 'a', 'c'])
  const t = timeline({ servers: [change({ server: 'gone' })] })
  expect(serverLanes(t, s).map((l) => l.server)).toEqual(['gone'])
})

it('shades a larger context fuller', () => {
  const shades = [1, 4096, 32768, 131072, 1e6].map(contextShade)
  expect(shades).toEqual(shades.toSorted((a, b) => a - b))
  expect([shades[0], shades[4]]).toEqual([0.3, 1])
})

it('tells what went wrong, newest first, and counts only what is seen', () => {
  const t = timeline({
    fallbacks: [mark(90_000), mark(600, { count: 4, id: undefined })],
    lanes: [lane('mm', { failures: [{ at: at(1200), load_id: 1, cause: 'user', count: 2 }] })],
    servers: [
      change({ at: at(90_000), until: at(80_000), state: 'down' }),
      change({ at: at(80_000) }),
      change({ at: at(300), state: 'server_off' }),
    ],
  })
  const list = happenings(t, day)
  expect(list.map((h) => h.kind)).toEqual(['server', 'fallback', 'failure', 'server'])
  expect(tally(list, day, now)).toEqual({ fallbacks: 4, failures: 2, off: 300 + 6400 })
})
