// What a server is, what it can tell and do, in words. Pure.

import type { Engine, Server, Tells } from '../api/types'
import { capital, duration } from './format'
import type { Part } from './headline'
import { serverShort, type Told } from './words'

const names: Record<Engine, string> = {
  lmstudio: 'LM Studio',
  vllm: 'vLLM',
  litellm: 'LiteLLM',
  llamacpp: 'llama.cpp',
  ollama: 'Ollama',
  gateway: "a gateway that speaks OpenAI's API",
  hosted: 'a hosted provider',
}

/** The program behind a server. An agent of before told only of which kind it is. */
export function engineOf(server: Server): Engine | undefined {
  return server.engine ?? (server.kind === 'lmstudio' ? 'lmstudio' : undefined)
}

/** An engine by the name that its makers give it; one that this dashboard does not know by its own. */
export function engineName(engine: Engine): string {
  return names[engine] ?? capital(engine)
}

/** Whether a server is somebody else's, over the internet. */
export function isHosted(server: Server): boolean {
  return server.engine === 'hosted'
}

/** Whether it can be told to load a model, and so to keep one. */
export function canLoad(server: Server): boolean {
  return server.tells?.load ?? server.kind === 'lmstudio'
}

/** Whether only requests keep a model warm there, which is done where a person asks for just that. */
export function onlyAsks(server: Server): boolean {
  return server.tells?.warm_by === 'request'
}

/** Whether it can be told to unload one. */
export function canUnload(server: Server): boolean {
  return server.tells?.unload ?? server.kind === 'lmstudio'
}

/** Whether it tells which models are in memory. */
export function tellsLoaded(server: Server): boolean {
  return server.tells?.loaded ?? server.kind === 'lmstudio'
}

/** Whether what a load there takes can be reckoned: only of LM Studio's models are the files known. */
export function canReckon(server: Server): boolean {
  return engineOf(server) === 'lmstudio'
}

const warmWords: Record<Tells['warm_by'], string> = {
  load: '',
  keep_alive: '',
  always: 'What it serves is in memory as long as it runs.',
  request: 'It lists its models and loads them by itself.',
  never: '',
}

/** What cannot be known or done here, as a sentence; nothing where there is nothing to say. */
export function tellsNote(server: Server): string | undefined {
  const { tells } = server
  // One that never answered may be anything.
  if (!tells) return server.kind === 'lmstudio' || server.state !== 'up' ? undefined : warmWords.request
  return tells.note || warmWords[tells.warm_by] || undefined
}

/** How a server stands, in a word or two: of a hosted one only whether it can be reached. */
export function serverState(server: Server): Told {
  const { state } = server
  if (isHosted(server)) {
    if (state === 'up') return { tone: 'ok', text: 'reachable' }
    if (state === 'down') return { tone: 'bad', text: 'not reachable' }
    if (state === 'needs_token') return { tone: 'bad', text: 'wants a key' }
    return { tone: 'quiet', text: server.checked_at ? 'strange answer' : 'not looked at yet' }
  }
  if (state === 'up') return { tone: 'ok', text: 'answers' }
  return { tone: state === 'unknown' ? (server.checked_at ? 'warn' : 'quiet') : 'bad', text: serverShort(server) }
}

/** How long it took to answer, where it did. */
export function latencyPart(server: Server): Part | undefined {
  const s = server.latency_seconds
  if (s === undefined || server.state !== 'up') return undefined
  return { text: latency(s), title: 'How long it took to answer the last look' }
}

/** "12 ms", "1.2 s". */
export function latency(seconds: number): string {
  const ms = seconds * 1000
  if (ms < 1) return 'under 1\u00a0ms'
  return ms < 999.5 ? `${Math.round(ms)}\u00a0ms` : duration(seconds)
}

/** The other machine that a server is on, where its name does not say so; a hosted one's is nobody's business. */
export function hostWords(server: Server, label: string): Part | undefined {
  if (!server.host || isHosted(server) || label.includes(server.host)) return undefined
  return { text: `on ${server.host}`, title: server.url }
}

/** What a server is and where, under its name. */
export function serverParts(server: Server, label: string): Part[] {
  const engine = engineOf(server)
  const name = engine && engineName(engine)
  const providers = server.providers ?? []
  return [
    name && !label.toLowerCase().includes(name.toLowerCase()) ? { text: name } : undefined,
    server.version ? { text: `version ${server.version}` } : undefined,
    hostWords(server, label),
    server.region ? { text: `answers from ${server.region}` } : undefined,
    latencyPart(server),
    providers.length > 0
      ? { text: `${providers.join(', ')} in OpenClaw's config`, title: 'The providers that are at this address' }
      : undefined,
  ].filter((p) => p !== undefined)
}
