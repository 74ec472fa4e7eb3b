// Which charts there are, and what each draws. Pure.

import type { Column, Series } from '../api/types'
import type { Colour } from '../timeline/colours'
import type { Line, Picture } from '../timeline/picture'
import { percent, ram } from './format'
import { mostOf, type Figures, type Value } from './timeline-samples'
import { memoryWords, shareWords } from './timeline-words'

/** A line of a chart, by the name of its series. */
export interface Told {
  series: string
  /** What it is of, where there are several: the GPU's name. */
  name?: string
  line: Line
  say: (v: Value) => string
  /** The series that limits it. */
  limit?: string
}

export interface Chart {
  key: 'memory' | 'gpu' | 'gpu-memory'
  label: string
  height: number
  told: Told[]
  picture: Picture
  /** What its limits are called, as they were lastly. */
  limits: { value: number; text: string }[]
}

/** So many pixels above the highest limit are left for its name. */
const room = 15

/** Told apart by their dashes, not by colour alone. */
export const looks: { colour: Colour; dash?: number[]; filled?: boolean }[] = [
  { colour: 'ember', filled: true },
  { colour: 'ink-2', dash: [6, 3] },
  { colour: 'ember', dash: [2, 3] },
  { colour: 'ink-2', dash: [1, 4] },
]

export function chartsOf(f: Figures): Chart[] {
  return [memory(f), use(f), gpuMemory(f)].filter((c) => c !== undefined)
}

function lineOf(s: Series, look: (typeof looks)[number]): Line {
  return { mean: s.mean, min: s.min, max: s.max, ...look }
}

const limitLine = (s: Series): Line => ({ ...lineOf(s, { colour: 'ink-3' }), limit: true })

function memory(f: Figures): Chart | undefined {
  const used = f.byName.get('memory.used')
  if (!used) return undefined
  const total = f.byName.get('memory.total')
  const line = lineOf(used, { colour: 'ink-2', filled: true })
  const height = 108
  return {
    key: 'memory',
    label: 'Memory',
    height,
    told: [{ series: 'memory.used', line, say: memoryWords, ...(total ? { limit: 'memory.total' } : {}) }],
    picture: {
      xs: f.xs,
      lines: total ? [limitLine(total), line] : [line],
      top: topOf([used, total], height - 16),
      ...(f.pressure.length > 0 ? { strip: f.pressure } : {}),
    },
    limits: named(total ? [total] : [], (n) => `${ram(n)} in all`),
  }
}

/** The series of one kind of every GPU that has it. */
function ofGPUs(f: Figures, kind: string) {
  const several = f.gpus.length > 1
  return f.gpus.flatMap((gpu, i) => {
    const series = f.byName.get(`gpu.${gpu.id}.${kind}`)
    const look = looks[i % looks.length] ?? { colour: 'ember' }
    // Tints of several would cover each other.
    return series ? [{ series, gpu, line: lineOf(series, { ...look, filled: !several && look.filled }), several }] : []
  })
}

function use(f: Figures): Chart | undefined {
  const all = ofGPUs(f, 'utilization')
  if (all.length === 0) return undefined
  const told = all.map(({ series, gpu, line, several }): Told => ({
    series: series.name,
    line,
    say: shareWords,
    ...(several ? { name: gpu.name } : {}),
  }))
  // The most there can be, drawn as far as anything is.
  const whole = f.xs.map((_, i) => (all.some((a) => a.series.mean[i] != null) ? 1 : null))
  const height = 80
  return {
    key: 'gpu',
    label: 'GPU',
    height,
    told,
    picture: {
      xs: f.xs,
      lines: [{ mean: whole, min: whole, max: whole, colour: 'ink-3', limit: true }, ...told.map((t) => t.line)],
      top: height / (height - room),
    },
    limits: [{ value: 1, text: percent(1) }],
  }
}

function gpuMemory(f: Figures): Chart | undefined {
  const all = ofGPUs(f, 'memory_used')
  if (all.length === 0) return undefined
  const limits = ofGPUs(f, 'memory_limit')
  const told = all.map(({ series, gpu, line, several }): Told => {
    const limit = limits.find((l) => l.gpu === gpu)?.series.name
    return {
      series: series.name,
      line,
      say: memoryWords,
      ...(several ? { name: gpu.name } : {}),
      ...(limit ? { limit } : {}),
    }
  })
  const height = 80
  return {
    key: 'gpu-memory',
    label: 'GPU memory',
    height,
    told,
    picture: {
      xs: f.xs,
      lines: [...distinct(limits.map((l) => l.series)).map(limitLine), ...told.map((t) => t.line)],
      top: topOf(
        [...all, ...limits].map((x) => x.series),
        height,
      ),
    },
    limits: named(
      limits.map((l) => l.series),
      (n) => `limit ${ram(n)}`,
    ),
  }
}

const last = (c: Column) => c.findLast((v) => v != null) ?? undefined

/** Cards of one make have one limit: it is drawn once. */
function distinct(limits: Series[]): Series[] {
  return limits.filter((l, i) => limits.findIndex((other) => last(other.mean) === last(l.mean)) === i)
}

function named(limits: Series[], say: (n: number) => string): Chart['limits'] {
  return distinct(limits).flatMap((l) => {
    const value = last(l.mean)
    return value === undefined ? [] : [{ value, text: say(value) }]
  })
}

function topOf(series: (Series | undefined)[], height: number): number {
  return (mostOf(series) * height) / (height - room) || 1
}
