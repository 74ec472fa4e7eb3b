import { describe, expect, it } from 'vitest'
import type { Column, Sample, Samples } from '../api/types'
import { now } from './testing'
import { extended, figuresOf, gapAt, latestRow, readings, rowAt, valueAt } from './timeline-samples'
import { tabled } from './timeline-table'

const series = (name: string, mean: Column, spread = 0): Samples['items'][number] => ({
  name,
  unit: 'bytes',
  mean,
  min: mean.map((v) => (v === null ? null : v - spread)),
  max: mean.map((v) => (v === null ? null : v + spread)),
})

/** Six rows of ten seconds; after the third one an hour of nothing, told by a row of nulls. */
const samples = (over: Partial<Samples> = {}): Samples => ({
  from: new Date(now - 7200_000).toISOString(),
  to: new Date(now).toISOString(),
  step_seconds: 10,
  resolution: 'raw',
  at_ms: [-3680, -3670, -3660, -3650, -30, -20, -10].map((s) => now + s * 1000),
  gaps: [{ from: new Date(now - 3650_000).toISOString(), to: new Date(now - 30_000).toISOString() }],
  items: [
    series('memory.used', [10, 20, 30, null, 40, 50, 60], 5),
    series('memory.pressure', [0, 0, 1, null, 1, 2, 2]),
  ],
  ...over,
})

const sample = (over: Partial<Sample> = {}): Sample => ({
  at: new Date(now).toISOString(),
  gpus: [],
  processes: [],
  memory: { total_bytes: 100, used_bytes: 70, pressure: 'normal', source: 'x' },
  ...over,
})

describe('a moment', () => {
  const f = figuresOf(samples())
  it('reads the row that it falls into', () => {
    expect(valueAt(f, 'memory.used', rowAt(f, now - 3665_000))).toEqual({ min: 15, mean: 20, max: 25 })
  })
  it('reads nothing in a gap, and says which', () => {
    expect(valueAt(f, 'memory.used', rowAt(f, now - 1800_000))).toBeUndefined()
    expect(gapAt(f, now - 1800_000)?.to).toBe(new Date(now - 30_000).toISOString())
    expect(gapAt(f, now - 25_000)).toBeUndefined()
  })
  it('reads nothing before the first row and of a series that is not there', () => {
    expect(rowAt(f, now - 4000_000)).toBeUndefined()
    expect(valueAt(f, 'gpu.x.power', 0)).toBeUndefined()
  })
  it('falls back on the latest row with anything', () => expect(latestRow(f)).toBe(6))
})

it('draws each row in its middle, ascending', () => {
  const { xs } = figuresOf(samples())
  expect(xs[0]).toBe(now - 3675_000)
  for (const [i, x] of xs.entries()) if (i > 0) expect(x).toBeGreaterThan(xs[i - 1] ?? Infinity)
})

it('joins rows of one pressure, and none across a gap', () => {
  const ago = figuresOf(samples()).pressure.map((s) => [(s.from - now) / 1000, (s.to - now) / 1000, s.level])
  expect(ago).toEqual([
    [-3680, -3660, 0],
    [-3660, -3650, 1],
    [-30, -20, 1],
    [-20, 0, 2],
  ])
})

describe('a sample that was just read', () => {
  const two = samples({
    items: [
      series('memory.used', [10, 20, 30, null, 40, 50, 60]),
      series('memory.total', [1, 1, 1, null, 1, 1, 1]),
      series('memory.pressure', [0, 0, 1, null, 1, 2, 2]),
    ],
  })
  it('goes to the end', () => {
    const next = extended(two, sample())
    expect(next?.at_ms.at(-1)).toBe(now)
    expect(next?.items.map((s) => s.mean.at(-1))).toEqual([70, 100, 0])
    expect(next?.gaps).toHaveLength(1)
  })
  it('leaves what it does not have as unknown', () => {
    const next = extended(two, sample({ memory: undefined }))
    expect(next?.items.map((s) => s.mean.at(-1))).toEqual([null, null, null])
  })
  it('makes a gap after a sleep', () => {
    const next = extended(two, sample({ at: new Date(now + 8 * 3600_000).toISOString() }))
    expect(next?.gaps).toHaveLength(2)
    expect(next?.items[0]?.mean.slice(-2)).toEqual([null, 70])
    expect(next?.at_ms).toHaveLength(two.at_ms.length + 2)
  })
  it('is refused when it is no newer, or has a figure without a series', () => {
    expect(extended(two, sample({ at: new Date(now - 10_000).toISOString() }))).toBeUndefined()
    expect(extended(samples(), sample())).toBeUndefined()
  })
  it('is read by the names that the API gives', () => {
    const all = readings(
      sample({
        gpus: [
          {
            id: 'GPU-1',
            name: 'A',
            vendor: 'nvidia',
            utilization: 0.5,
            memory_used_bytes: 3,
            memory_total_bytes: 9,
            source: 'x',
          },
          { name: 'B', vendor: 'amd', memory_limit_bytes: 4, memory_total_bytes: 9, source: 'x' },
        ],
        processes: [
          { pid: 1, name: 'a', role: 'model_worker', memory_bytes: 5 },
          { pid: 2, name: 'b', role: 'server', memory_bytes: 7 },
        ],
      }),
    )
    expect(Object.fromEntries(all)).toEqual({
      'memory.total': 100,
      'memory.used': 70,
      'memory.pressure': 0,
      'models.memory': 5,
      'gpu.GPU-1.utilization': 0.5,
      'gpu.GPU-1.memory_used': 3,
      'gpu.GPU-1.memory_limit': 9,
      'gpu.amd1.memory_limit': 4,
    })
  })
})

describe('the table', () => {
  const f = figuresOf(samples())
  it('joins rows evenly, keeps the extremes, and a gap is one row', () => {
    const rows = tabled(f, { from: now - 3680_000, to: now }, ['memory.used'], 46)
    expect(rows.map((r) => r.values['memory.used'])).toEqual([
      { min: 5, mean: 20, max: 35, count: 3 },
      undefined,
      { min: 35, mean: 50, max: 65, count: 3 },
    ])
  })
  it('has no row where there is nothing', () => {
    expect(tabled(f, { from: now - 100 * 3600_000, to: now - 99 * 3600_000 }, ['memory.used'], 40)).toEqual([])
  })
})
