// The figures and the events of a span of time, as the API answers them.

import type { Answer } from './client'

export interface Samples {
  from: string
  to: string
  step_seconds: number
  resolution: 'raw' | 'minute' | 'hour'
  at_ms: number[]
  gaps: { from: string; to: string }[]
  items: Series[]
}
export interface Series {
  name: string
  unit: 'bytes' | 'ratio' | 'watts' | 'celsius' | 'level'
  gpu?: string
  label?: string
  min: Column
  mean: Column
  max: Column
}
export type Column = (number | null)[]
export interface Timeline {
  from: string
  to: string
  bin_seconds: number
  lanes: Lane[]
  more_lanes?: number
  fallbacks: FallbackMark[]
  servers: ServerChange[]
}
export interface Lane {
  server: string
  model: string
  spans: LoadSpan[]
  failures: LoadFailure[]
}
export interface LoadSpan {
  from: string | null
  to: string | null
  state: 'loading' | 'loaded' | 'failed'
  instance_id?: string
  context_length?: number
  load_id?: number
  cause?: string
  end_cause?: string
  count: number
}
export interface LoadFailure {
  at: string
  load_id: number
  cause: string
  duration_seconds?: number
  detail?: string
  count: number
}
export interface FallbackMark {
  at: string
  to?: string
  count: number
  id?: number
  requested?: string
  answered?: string
  outcome?: 'fell_back' | 'exhausted' | 'stopped' | 'error_as_reply'
  cause?: string
  lost_seconds?: number
}
export interface ServerChange {
  id: number
  at: string
  until?: string
  server: string
  state: 'up' | 'server_off' | 'down' | 'needs_token' | 'unknown'
  code?: string
  detail?: string
}

export interface Window {
  from: string
  to: string
  points: number
}

async function ask<T>(path: string, query: Window, signal: AbortSignal): Promise<Answer<T>> {
  const q = new URLSearchParams({ from: query.from, to: query.to, points: String(query.points) }).toString()
  const response = await fetch(`/api/${path}?${q}`, { signal })
  const body: unknown = await response.json()
  return response.ok ? { data: body as T, response } : { error: body, response }
}

export const askSamples = (query: Window, signal: AbortSignal) => ask<Samples>('samples', query, signal)
export const askTimeline = (query: Window, signal: AbortSignal) => ask<Timeline>('timeline', query, signal)
