// A chart by uPlot: a mean with the band between the least and the most around
// it, some of them on one axis. Its own axes, legend and cursor are off: the
// page has one of each for everything on it.

import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Span } from '../lib/timeline-range'
import { sheer, type Colours } from './colours'
import { bandOf, fillOf, runsOf, strokeOf, type Pixels } from './columns'
import { footOf, headOf, type Picture } from './picture'

export class Plot {
  #u: uPlot
  #picture: Picture
  #colours: Colours
  #span: Span = { from: 0, to: 1 }
  #runs: Pixels[][][] = []

  constructor(target: HTMLElement, size: { width: number; height: number }, picture: Picture, colours: Colours) {
    this.#picture = picture
    this.#colours = colours
    this.#u = new uPlot(this.#options(size), dataOf(picture), target)
  }

  destroy(): void {
    this.#u.destroy()
  }

  /** Takes other figures; false when they need a chart of another make. */
  take(picture: Picture): boolean {
    const make = (p: Picture) => JSON.stringify([p.lines.map((l) => [l.colour, l.dash, l.filled, l.limit]), !!p.strip])
    if (make(picture) !== make(this.#picture)) return false
    this.#picture = picture
    this.#u.batch(() => {
      this.#u.setData(dataOf(picture), false)
      this.#scale()
    })
    return true
  }

  show(span: Span): void {
    this.#span = span
    this.#u.batch(() => this.#scale())
  }

  resize(width: number, height: number): void {
    if (width !== this.#u.width || height !== this.#u.height) this.#u.setSize({ width, height })
  }

  recolour(colours: Colours): void {
    this.#colours = colours
    this.#u.redraw(false, false)
  }

  #scale(): void {
    this.#u.setScale('x', { min: this.#span.from, max: this.#span.to })
    this.#u.setScale('y', { min: 0, max: this.#picture.top })
  }

  #options(size: { width: number; height: number }): uPlot.Options {
    const { lines } = this.#picture
    const series: uPlot.Series[] = [{}]
    for (const [i, line] of lines.entries()) {
      const colour = () => this.#colours[line.colour]
      series.push({
        stroke: line.limit ? () => this.#colours['ink-3'] : colour,
        width: line.limit ? 1 : 1.5,
        paths: (u) => this.#paths(u, i),
        dash: line.limit ? [2, 3] : line.dash,
        fill: line.filled ? () => sheer(colour(), 0.11) : undefined,
        points: line.limit ? { show: false } : { show: true, size: 3, width: 0, fill: colour, filter: alone },
      })
    }
    return {
      ...size,
      ms: 1,
      pxAlign: 0,
      padding: [headOf, 0, footOf(this.#picture), 0],
      legend: { show: false },
      cursor: { show: false },
      select: { show: false } as uPlot.Select,
      scales: {
        x: { time: false, auto: false, range: (_, min, max) => [min, max] },
        y: { auto: false, range: (_, min, max) => [min, max] },
      },
      axes: [{ show: false }, { show: false }],
      series,
      // uPlot's own bands and gaps are clips, which cost half a frame without a GPU.
      hooks: { drawClear: [(u) => this.#bands(u)], draw: [(u) => this.#strip(u)] },
    }
  }

  /** The columns of each line, and below the lines the bands between their extremes. */
  #bands(u: uPlot): void {
    const [from, to] = outer(u.series[0]?.idxs ?? [0, -1], this.#picture.xs.length)
    const x = linear(this.#span.from, this.#span.to, u.bbox.left, u.bbox.left + u.bbox.width)
    const y = linear(0, this.#picture.top, u.bbox.top + u.bbox.height, u.bbox.top)
    this.#runs = this.#picture.lines.map((line) => runsOf(this.#picture.xs, line, from, to, x, y))
    this.#picture.lines.forEach((line, i) => {
      const path = line.limit ? undefined : bandOf(this.#runs[i] ?? [])
      if (!path) return
      u.ctx.fillStyle = sheer(this.#colours[line.colour], 0.24)
      u.ctx.fill(path)
    })
  }

  /** What uPlot is to draw of one line: its gaps are in the paths, so it need not clip. */
  #paths(u: uPlot, line: number): uPlot.Series.Paths {
    const runs = this.#runs[line] ?? []
    const floor = u.bbox.top + u.bbox.height
    return {
      stroke: strokeOf(runs),
      fill: this.#picture.lines[line]?.filled ? fillOf(runs, floor) : null,
      clip: null,
      band: null,
      gaps: [],
      flags: 1,
    }
  }

  /** Pressure: the worse, the taller, so that it needs no colour. */
  #strip(u: uPlot): void {
    const strip = this.#picture.strip
    if (!strip) return
    const { ctx } = u
    const px = uPlot.pxRatio
    const bottom = u.height * px
    for (const s of strip) {
      if (s.to < this.#span.from || s.from > this.#span.to) continue
      const x = Math.max(0, u.valToPos(s.from, 'x', true))
      const right = Math.min(u.width * px, u.valToPos(s.to, 'x', true))
      const height = [2, 7, 12][s.level] ?? 12
      ctx.fillStyle = this.#colours[s.level >= 2 ? 'bad' : s.level === 1 ? 'warn' : 'line-strong']
      ctx.fillRect(x, bottom - height * px, Math.max(px, right - x), height * px)
    }
  }
}

function dataOf(picture: Picture): uPlot.AlignedData {
  return [picture.xs, ...picture.lines.map((l) => l.mean)]
}

function linear(from: number, to: number, a: number, b: number): (v: number) => number {
  const scale = (b - a) / (to - from)
  return (v) => a + (v - from) * scale
}

/** With the rows just outside, to which the line goes on; the first gap on the way ends it. */
function outer([from, to]: [number, number], rows: number): [number, number] {
  return [Math.max(0, from - 1), Math.min(rows - 1, to + 1)]
}

/** Points with no neighbour, which no line would show. */
const alone: uPlot.Series.Points.Filter = (u, seriesIdx, show) => {
  const column = u.data[seriesIdx]
  const out: number[] = []
  if (!column || !show) return out
  const [from, to] = u.series[0]?.idxs ?? [0, -1]
  for (let i = from; i <= to; i++) {
    if (column[i] != null && column[i - 1] == null && column[i + 1] == null) out.push(i)
  }
  return out
}
