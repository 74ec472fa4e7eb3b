// Draws what is no figure: the ground behind everything, and the bars of the
// lanes. Plain canvas: pure functions of what they are given.

import type { Lane, ServerChange } from '../api/types'
import { context, lost } from '../lib/format'
import { contextShade, end, isOff, start } from '../lib/timeline-marks'
import type { Span } from '../lib/timeline-range'
import type { Tick } from '../lib/timeline-ticks'
import { pieces, type Piece } from '../lib/timeline-uses'
import { changeShort } from '../lib/timeline-words'
import { legible, mixed, type Colours } from './colours'

export interface Paper {
  ctx: CanvasRenderingContext2D
  width: number
  height: number
}

/** A canvas of this size in the page's pixels, cleared; undefined where it has none. */
export function paper(canvas: HTMLCanvasElement, width: number, height: number): Paper | undefined {
  const ctx = canvas.getContext('2d')
  if (!ctx || width <= 0 || height <= 0) return undefined
  const ratio = devicePixelRatio
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)]
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w
    canvas.height = h
  }
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0)
  ctx.clearRect(0, 0, width, height)
  return { ctx, width, height }
}

export function scaleOf(span: Span, width: number): (t: number) => number {
  const perMS = width / (span.to - span.from)
  return (t) => (t - span.from) * perMS
}

export interface Ground {
  ticks: Tick[]
  gaps: Span[]
  off: Span[]
  now: number
}

/** The grid, the times that nothing is known of, and those without a server. */
export function drawGround({ ctx, width, height }: Paper, span: Span, ground: Ground, colours: Colours): void {
  const x = scaleOf(span, width)
  for (const off of ground.off) {
    const [a, b] = [Math.max(0, x(off.from)), Math.min(width, x(off.to))]
    if (b < 0 || a > width) continue
    ctx.fillStyle = colours['bad-soft']
    ctx.fillRect(a, 0, Math.max(2, b - a), height)
  }
  for (const tick of ground.ticks) {
    ctx.fillStyle = tick.major ? colours['line-strong'] : colours.line
    ctx.fillRect(Math.round(x(tick.t)), 0, 1, height)
  }
  for (const gap of ground.gaps) {
    const [a, b] = [Math.max(0, x(gap.from)), Math.min(width, x(gap.to))]
    if (b - a < 2) continue
    ctx.save()
    ctx.fillStyle = colours.bg
    ctx.fillRect(a, 0, b - a, height)
    hatch(ctx, a, 0, b - a, height, colours.line, 9)
    ctx.restore()
  }
  const right = x(ground.now)
  if (right < width) {
    ctx.fillStyle = colours['line-strong']
    for (let y = 0; y < height; y += 5) ctx.fillRect(Math.round(right), y, 1, 2)
  }
}

/** Slanting lines over a rectangle, on a grid of their own so that they stand still. */
function hatch(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  colour: string,
  apart: number,
): void {
  ctx.save()
  ctx.beginPath()
  ctx.rect(x, y, width, height)
  ctx.clip()
  ctx.strokeStyle = colour
  ctx.lineWidth = 1
  ctx.beginPath()
  for (let at = Math.floor((x - height) / apart) * apart; at < x + width; at += apart) {
    ctx.moveTo(at, y + height)
    ctx.lineTo(at + height, y)
  }
  ctx.stroke()
  ctx.restore()
}

export interface Bar {
  from: number
  to: number
  ground: string
  edge: string
  hatched: boolean
  text: string
  /** How high it is, of the whole: 1 where left out. Lower ones stand on the same ground. */
  high?: number
  /** Bars of one of these have the same text, which is written once. */
  group?: object
}

/** Draws the bars of one lane over the whole height of its canvas. */
export function drawBars({ ctx, width, height }: Paper, span: Span, bars: Bar[], colours: Colours): void {
  const x = scaleOf(span, width)
  const inset = Math.max(3, Math.round(height * 0.17))
  ctx.font = colours.font
  ctx.textBaseline = 'middle'
  const said = new Set<object>()
  for (const bar of bars) {
    const a = Math.max(-4, x(bar.from))
    const b = Math.min(width + 4, x(bar.to))
    if (b < 0 || a > width) continue
    const w = Math.max(2, b - a)
    const h = Math.round((height - 2 * inset) * (bar.high ?? 1))
    const top = height - inset - h
    ctx.fillStyle = bar.ground
    ctx.beginPath()
    ctx.roundRect(a, top, w, h, Math.min(4, w / 2))
    ctx.fill()
    if (w > 4) {
      if (bar.hatched) hatch(ctx, a, top, w, h, bar.edge, 5)
      ctx.strokeStyle = bar.edge
      ctx.lineWidth = 1
      ctx.beginPath()
      ctx.roundRect(a + 0.5, top + 0.5, w - 1, h - 1, Math.min(3.5, w / 2))
      ctx.stroke()
    }
    // A low bar has its text above it.
    const middle = bar.high === undefined ? height / 2 : top - 5
    if (bar.group && said.has(bar.group)) continue
    if (label(ctx, bar, Math.max(0, a), Math.min(width, a + w), middle, colours) && bar.group) said.add(bar.group)
  }
}

function label(
  ctx: CanvasRenderingContext2D,
  bar: Bar,
  left: number,
  right: number,
  middle: number,
  colours: Colours,
): boolean {
  if (!bar.text) return false
  const wide = ctx.measureText(bar.text).width
  if (wide + 14 > right - left) return false
  if (bar.hatched) {
    ctx.fillStyle = bar.ground
    ctx.fillRect(left + 4, middle - 7, wide + 6, 14)
  }
  ctx.fillStyle =
    bar.high !== undefined ? colours['ink-2'] : bar.hatched ? bar.edge : legible(bar.ground, colours.ink, colours.bg)
  ctx.fillText(bar.text, left + (bar.high === undefined ? 7 : 2), middle + 0.5)
  return true
}

/** How high an idle time is drawn, and the least that a use is. */
export const low = 0.34
const leastUse = 0.6

/**
 * A model's time in memory: hatched while it loads, the fuller the larger its
 * context; low while it is idle and high while in use, where that is known.
 */
export function laneBars(lane: Lane, kept: boolean, now: number, colours: Colours): Bar[] {
  const colour = kept ? colours['c-weights'] : colours['c-system']
  const edge = kept ? colours.ember : colours['ink-3']
  return lane.spans.flatMap((s): Bar[] => {
    const text = s.state !== 'loaded' ? s.state : s.context_length === undefined ? '' : context(s.context_length)
    const ground = mixed(colour, colours.bg, contextShade(s.context_length))
    if (s.state === 'loaded')
      return pieces(lane, s, now).map((p) => ({
        ...useBar(p, ground, mixed(ground, colours.bg, 0.45), edge, text),
        group: s,
      }))
    return [
      {
        from: start(s),
        to: Math.min(end(s), now),
        ground: colours.bg,
        edge: s.state === 'failed' ? colours.bad : edge,
        hatched: true,
        text,
      },
    ]
  })
}

function useBar(p: Piece, ground: string, lighter: string, edge: string, text: string): Bar {
  const bar = { from: p.from, to: p.to, ground, edge, hatched: false, text }
  switch (p.doing) {
    case 'idle':
      return { ...bar, ground: lighter, high: low }
    case 'in_use':
      return { ...bar, ground: edge, text: '', high: leastUse + (1 - leastUse) * p.share }
    default:
      return bar
  }
}

/** How a server stood; of a time that nobody knows there is nothing. */
export function serverBars(changes: ServerChange[], now: number, colours: Colours): Bar[] {
  return changes
    .filter((c) => c.state !== 'unknown')
    .map((c) => {
      const [from, to] = [Date.parse(c.at), c.until ? Math.min(Date.parse(c.until), now) : now]
      const off = isOff(c)
      return {
        from,
        to,
        ground: off ? colours.bg : mixed(colours.ok, colours.bg, 0.34),
        edge: off ? colours.bad : colours.ok,
        hatched: off,
        text: off ? `${changeShort(c)} ${lost((to - from) / 1000)}` : '',
      }
    })
}
