// Which charts there are, and what each draws. Pure.

import type { Column, Series } from '../api/timeline'
import type { Colour } from '../timeline/colours'
import type { Line, Picture } from '../timeline/plot'
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
}

/** Told apart by their dashes, not by colour alone. */
const looks: { colour: Colour; dash?: number[]; filled?: boolean }[] = [
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
  return {
    key: 'memory',
    label: 'Memory',
    height: 104,
    told: [{ series: 'memory.used', line, say: memoryWords, ...(total ? { limit: 'memory.total' } : {}) }],
    picture: {
      xs: f.xs,
      lines: total ? [limitLine(total), line] : [line],
      top: mostOf([used, total]) * 1.06 || 1,
      ...(f.pressure.length > 0 ? { strip: f.pressure } : {}),
    },
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
  return { key: 'gpu', label: 'GPU', height: 72, told, picture: { xs: f.xs, lines: told.map((t) => t.line), top: 1.04 } }
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
  return {
    key: 'gpu-memory',
    label: 'GPU memory',
    height: 72,
    told,
    picture: {
      xs: f.xs,
      lines: [...distinct(limits.map((l) => l.series)).map(limitLine), ...told.map((t) => t.line)],
      top: mostOf([...all, ...limits].map((x) => x.series)) * 1.06 || 1,
    },
  }
}

/** Cards of one make have one limit: it is drawn once. */
function distinct(limits: Series[]): Series[] {
  const last = (c: Column) => c.findLast((v) => v !== null)
  return limits.filter((l, i) => limits.findIndex((other) => last(other.mean) === last(l.mean)) === i)
}
