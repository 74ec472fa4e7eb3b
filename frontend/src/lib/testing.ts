// Makes the smallest objects that tests can vary. Not part of the dashboard.

import type {
  Fallback,
  FallbackSummary,
  Hop,
  Instance,
  Keep,
  Load,
  Model,
  OpenClaw,
  Server,
  Status,
} from '../api/types'
import type { Part } from './headline'

export const now = new Date(2026, 10, 23, 10, 42, 7).getTime()
export const at = (secondsAgo: number) => new Date(now - secondsAgo * 1000).toISOString()
/** Reads no-break spaces as plain ones. */
export const plain = (s: string) => s.replaceAll('\u00a0', ' ')
export const line = (parts: Part[]) => plain(parts.map((p) => p.text).join(' · '))

export function instance(over: Partial<Instance> = {}): Instance {
  return { id: 'mm', busy: null, explicit: null, seen_loaded_at: at(3 * 3600 + 700), ...over }
}

export function model(over: Partial<Model> = {}): Model {
  return { key: 'mm', name: 'MiniMax M2.1', type: 'llm', instances: [], ...over }
}

export function server(over: Partial<Server> = {}): Server {
  return {
    id: 's',
    kind: 'lmstudio',
    name: 'LM Studio',
    url: 'http://127.0.0.1:1234',
    state: 'up',
    api: 'v1',
    checked_at: at(1),
    models: [model()],
    ...over,
  }
}

export function keep(over: Partial<Keep> = {}): Keep {
  return { server: 's', model: 'mm', policy: 'respect-manual', state: 'warm', since: at(60), ...over }
}

export function status(over: Partial<Status> = {}): Status {
  return {
    version: '1',
    demo: false,
    started_at: at(9000),
    listen: '',
    poll_seconds: 5,
    servers: [server()],
    keep: keep(),
    notices: [],
    ...over,
  }
}

export function load(over: Partial<Load> = {}): Load {
  return {
    id: 1,
    at: at(60),
    server: 's',
    model: 'mm',
    instance_id: 'mm',
    event: 'loaded',
    cause: 'keep_warm',
    ...over,
  }
}

/** A status whose one model has these instances in memory. */
export function holding(instances: Instance[], over: Partial<Status> = {}): Status {
  return status({ servers: [server({ models: [model({ instances })] })], ...over })
}

export function hop(over: Partial<Hop> = {}): Hop {
  const ref = over.ref ?? 'lmstudio/mm'
  const [provider = '', ...rest] = ref.split('/')
  return { ref, provider, model: rest.join('/'), local: false, state: 'unknown', ...over }
}

export function openclaw(over: Partial<OpenClaw> = {}): OpenClaw {
  return {
    found: true,
    config_path: '/home/me/.openclaw/openclaw.json',
    config_valid: true,
    issues: [],
    fallbacks: [],
    chain: [],
    log_readable: true,
    gateway: 'up',
    ...over,
  }
}

export function fallback(over: Partial<Fallback> = {}): Fallback {
  return {
    id: 1,
    at: at(600),
    source: 'log',
    requested: 'lmstudio/minimax-m2.1',
    answered: 'anthropic/claude-opus-4-6',
    outcome: 'fell_back',
    reason: 'timeout',
    lost_seconds: 74,
    attempts: [],
    cause: {
      code: 'server_off',
      summary: "LM Studio's server was off from 10:31 to 10:44",
      confidence: 'certain',
      evidence: [],
    },
    ...over,
  }
}

export function summary(over: Partial<FallbackSummary> = {}): FallbackSummary {
  return {
    since: at(26 * 7 * 86400),
    until: at(0),
    count: 0,
    timed: 0,
    lost_seconds: 0,
    days: [],
    causes: [],
    requested: [],
    answered: [],
    patterns: [],
    ...over,
  }
}
