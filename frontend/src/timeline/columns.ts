// A line's rows as columns of pixels: where many rows share one, it keeps
// their mean and their extremes. What is drawn then depends on the chart's
// width, not on how many rows there are. Pure, but for the paths.

import type { Line } from './picture'

/** A column in the canvas's own pixels; the vertical ones grow downwards. */
export interface Pixels {
  at: number
  mean: number
  top: number
  bottom: number
  rows: number
}

type Scale = (v: number) => number

/** The columns of the rows from and to, and all between; one list for each stretch without a gap. */
export function runsOf(xs: number[], line: Line, from: number, to: number, x: Scale, y: Scale): Pixels[][] {
  const runs: Pixels[][] = []
  let run: Pixels[] | undefined
  for (let i = from; i <= to; i++) {
    const [least, mean, most] = [line.min[i], line.mean[i], line.max[i]]
    if (least == null || mean == null || most == null) {
      run = undefined
      continue
    }
    if (!run) runs.push((run = []))
    const at = Math.round(x(xs[i] ?? 0))
    const [top, middle, bottom] = [y(most), y(mean), y(least)]
    const last = run.at(-1)
    if (last?.at === at) {
      last.rows++
      last.mean += (middle - last.mean) / last.rows
      last.top = Math.min(last.top, top)
      last.bottom = Math.max(last.bottom, bottom)
    } else run.push({ at, mean: middle, top, bottom, rows: 1 })
  }
  return runs
}

/** Through the means. */
export function strokeOf(runs: Pixels[][]): Path2D {
  const path = new Path2D()
  for (const run of runs) run.forEach((c, i) => (i === 0 ? path.moveTo(c.at, c.mean) : path.lineTo(c.at, c.mean)))
  return path
}

/** Between the means and the floor. */
export function fillOf(runs: Pixels[][], floor: number): Path2D {
  const path = new Path2D()
  for (const run of runs) {
    const [first, last] = [run[0], run.at(-1)]
    if (!first || !last) continue
    path.moveTo(first.at, floor)
    for (const c of run) path.lineTo(c.at, c.mean)
    path.lineTo(last.at, floor)
    path.closePath()
  }
  return path
}

/** Between the extremes; undefined where they are nowhere further apart than a line is wide. */
export function bandOf(runs: Pixels[][]): Path2D | undefined {
  const wide = runs.filter((run) => run.some((c) => c.bottom - c.top > 2))
  if (wide.length === 0) return undefined
  const path = new Path2D()
  for (const run of wide) {
    run.forEach((c, i) => (i === 0 ? path.moveTo(c.at, c.top) : path.lineTo(c.at, c.top)))
    for (let i = run.length - 1; i >= 0; i--) path.lineTo(run[i]?.at ?? 0, run[i]?.bottom ?? 0)
    path.closePath()
  }
  return path
}
