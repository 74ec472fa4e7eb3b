import { expect, it } from 'vitest'
import { runsOf } from './columns'
import type { Line } from './picture'

const line = (mean: (number | null)[], spread = 1): Line => ({
  mean,
  min: mean.map((v) => (v === null ? null : v - spread)),
  max: mean.map((v) => (v === null ? null : v + spread)),
  colour: 'ember',
})
// A hundred pixels high, upside down as a canvas is; ten rows to a pixel.
const down = (v: number) => 100 - v
const tenth = (v: number) => v / 10

it('joins the rows of a pixel: their mean, and the extremes of all of them', () => {
  const values = Array.from({ length: 10 }, (_, i) => i * 2)
  const [run, ...others] = runsOf(
    values.map((_, i) => i - 4),
    line(values),
    0,
    9,
    tenth,
    down,
  )
  expect(others).toEqual([])
  expect(run?.map((c) => [c.at, c.rows, c.top, c.bottom])).toEqual([
    [-0, 9, 100 - 17, 101],
    [1, 1, 100 - 19, 100 - 17],
  ])
  expect(run?.[0]?.mean).toBeCloseTo(100 - 8)
})

it('never joins across a gap, not even within one pixel', () => {
  const runs = runsOf([0, 1, 2], line([5, null, 7]), 0, 2, tenth, down)
  expect(runs.map((run) => run.map((c) => c.mean))).toEqual([[95], [93]])
})

it('draws no more columns than there are pixels, however many rows', () => {
  const rows = 5000
  const xs = Array.from({ length: rows }, (_, i) => i)
  const runs = runsOf(xs, line(xs.map((i) => Math.sin(i))), 0, rows - 1, (v) => (v / rows) * 800, down)
  expect(runs.flat().length).toBeLessThanOrEqual(801)
  expect(runs.flat().reduce((sum, c) => sum + c.rows, 0)).toBe(rows)
})

it('keeps each row where there are fewer than pixels', () => {
  expect(runsOf([0, 50, 100], line([1, 2, 3]), 0, 2, (v) => v, down)[0]?.map((c) => c.at)).toEqual([0, 50, 100])
})
