// What the Timeline shows, and what was read for it.

import { client, problemOf, type Answer } from '../api/client'
import type { Problem, Sample, Samples, Timeline } from '../api/types'
import { live } from './live.svelte'
import {
  held,
  length,
  panned,
  reaching,
  timelineHref,
  zoomed,
  type Asked,
  type Range,
  type Span,
} from './timeline-range'
import { extended, figuresOf } from './timeline-samples'

/** Which span is seen, and which moment is pointed at. Changes come once a frame. */
export class TimelineView {
  span = $state.raw<Span>({ from: 0, to: 1 })
  /** The span follows the clock. */
  range = $state.raw<Range | undefined>()
  /** Nothing was asked for, and how much is known has not been seen yet. */
  open = false
  /** The moment under the pointer, or the one that was chosen. */
  at = $state<number | undefined>()
  /** The span being marked by a drag. */
  marked = $state.raw<Span | undefined>()

  #next: Span | undefined
  #frame = 0

  /** Shows what an address asks for. */
  show(asked: Asked, now: number): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    this.range = asked.range
    this.open = asked.open === true
    this.span = asked.span ?? this.#upTo(asked.range, now)
    this.at = asked.at
  }

  /** Goes on with the clock, where it follows it. */
  tick(now: number): void {
    if (this.range) this.span = this.#upTo(this.range, now)
  }

  /** Shows no more than is known, where nothing was asked for. */
  settle(first: number | undefined, now: number): void {
    if (!this.open) return
    this.open = false
    this.range = reaching(first, now)
    this.span = this.#upTo(this.range, now)
  }

  #upTo(range: Range | undefined, now: number): Span {
    // A little room, so that what is now does not stick to the edge.
    const long = range?.length ?? 3_600_000
    const to = now + long / 100
    return { from: to - long, to }
  }

  pan(part: number): void {
    this.move(panned(this.#next ?? this.span, part, Date.now()))
  }

  zoom(factor: number, around: number): void {
    this.move(zoomed(this.#next ?? this.span, factor, around, Date.now()))
  }

  /** Shows another span in the next frame. */
  move(span: Span): void {
    this.range = undefined
    this.open = false
    this.#next = held(span, Date.now())
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      if (this.#next) this.span = this.#next
      this.#next = undefined
    })
  }

  /** The address of what is seen. */
  get href(): string {
    return timelineHref(this.range ? { range: this.range } : { span: this.span })
  }
}

/** How long a span must stand still before anything is asked of the agent. */
const settle = 160
/** How many live rows may hang on the end before all is read again. */
const mostLive = 240
const mostPoints = 5000

interface Loaded {
  span: Span
  points: number
  /** How long the span was that was seen. */
  seen: number
}

/** The figures and the events around the span, kept up to date by the events. */
export class TimelineData {
  samples = $state.raw<Samples | null>(null)
  timeline = $state.raw<Timeline | null>(null)
  problem = $state<Problem | undefined>()
  busy = $state(false)
  /** When the latest sample was read, in milliseconds since 1970. */
  sampledAt = $state(0)
  /** When what is being read was asked for. */
  askedAt = $state(0)

  figures = $derived(this.samples ? figuresOf(this.samples) : null)

  #loaded: Loaded | undefined
  #coming: Loaded | undefined
  #wanted: { span: Span; width: number } | undefined
  #asking: AbortController | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #added = 0

  /** Follows the events; returns how to stop. */
  follow(): () => void {
    const stops = [
      live.onReady(() => this.again()),
      live.onLoad(() => this.again(400)),
      live.onFallback(() => this.again(400)),
      live.onSample((s) => this.#add(s)),
      () => this.stop(),
    ]
    return () => stops.forEach((stop) => stop())
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#asking?.abort()
  }

  /** Takes in what is seen; reads what is missing once it stands still. */
  want(span: Span, width: number): void {
    this.#wanted = { span, width }
    // What is on its way is as good as there.
    if (covers(this.#coming ?? this.#loaded, span, width)) return
    this.again(this.#loaded || this.#coming ? settle : 0)
  }

  /** Reads all again in a moment. */
  again(milliseconds = 0): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#read(), milliseconds)
  }

  async #read(): Promise<void> {
    const wanted = this.#wanted
    if (!wanted) return
    this.#asking?.abort()
    const asking = new AbortController()
    this.#asking = asking
    // Half as much again on both sides, so that a pan has something to show.
    const room = length(wanted.span) / 2
    const span = { from: wanted.span.from - room, to: Math.min(wanted.span.to + room, Date.now() + 1000) }
    // A span that lies ahead as a whole is no question.
    if (span.to <= span.from) span.to = span.from + 1000
    const points = Math.min(mostPoints, Math.max(20, Math.round(wanted.width * 2)))
    const query = {
      from: new Date(span.from).toISOString(),
      to: new Date(span.to).toISOString(),
      points,
    }
    const coming = { span, points, seen: length(wanted.span) }
    this.#coming = coming
    if (!this.busy) this.askedAt = Date.now()
    this.busy = true
    const [samples, timeline] = await Promise.all([
      told(client.GET('/api/samples', { params: { query }, signal: asking.signal })),
      told(client.GET('/api/timeline', { params: { query }, signal: asking.signal })),
    ])
    // A later question took its place.
    if (asking.signal.aborted) return
    this.busy = false
    this.#coming = undefined
    this.problem = problemIn(samples) ?? problemIn(timeline)
    if (samples?.data) {
      this.samples = samples.data
      this.#added = 0
    }
    if (timeline?.data) this.timeline = timeline.data
    if (!this.problem) this.#loaded = coming
    // Meanwhile the span may have gone on.
    if (!this.problem && this.#wanted && !covers(this.#loaded, this.#wanted.span, this.#wanted.width))
      this.again(settle)
  }

  #add(sample: Sample): void {
    const now = Date.parse(sample.at)
    // The end of what was read lies in the past: the sample is beyond it.
    if (!this.samples || !this.#loaded || now - Date.parse(this.samples.to) > 10 * 60_000) return
    const next = this.#added < mostLive ? extended(this.samples, sample) : undefined
    if (!next) return this.again(1000)
    this.#added++
    this.sampledAt = now
    this.samples = next
    this.#loaded.span.to = Math.max(this.#loaded.span.to, now)
  }
}

/** Whether what was read is enough to show a span as it should be. */
function covers(l: Loaded | undefined, span: Span, width: number): boolean {
  if (!l) return false
  const now = Date.now()
  const near = length(span) / 8
  return (
    span.from - near >= l.span.from &&
    // The future cannot be read, and the last minute comes by itself.
    Math.min(span.to + near, now - 60_000) <= l.span.to &&
    // Not much finer or coarser than what is there.
    length(span) > l.seen * 0.7 &&
    length(span) < l.seen * 1.6 &&
    width < (l.points / 2) * 1.3
  )
}

function told<T>(asked: Promise<Answer<T>>): Promise<Answer<T> | undefined> {
  return asked.catch(() => undefined)
}

function problemIn(answer: Answer<unknown> | undefined): Problem | undefined {
  return answer ? problemOf(answer) : { code: 'network', message: 'Pilotlight did not answer.' }
}
