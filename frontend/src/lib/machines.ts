// Other machines' Pilotlights in words. Pure: a peer and a time in, words out.

import type { GPU, Peer, Status } from '../api/types'
import { ago, capital, exact, moment, percent, ramOf } from './format'
import { headline, type Part } from './headline'
import { phrase, type Tone } from './words'

/** What a peer last told of itself, as a state that this page has words for. */
export function seenStatus(peer: Peer): Status | undefined {
  const { seen } = peer
  if (!seen?.keep) return undefined
  return {
    version: peer.version ?? '',
    demo: seen.demo ?? false,
    started_at: '',
    listen: peer.url,
    poll_seconds: 0,
    servers: seen.servers,
    keep: seen.keep,
    machine: seen.machine,
    last_fallback: seen.last_fallback,
    notices: [],
  }
}

export interface Told {
  tone: Tone
  title: string
  sub: Part[]
  /** What it was doing when it was last seen; only of one that is away. */
  before?: Part
}

const tones = { lit: 'ok', half: 'warn', outline: 'quiet', mark: 'bad' } as const

/** How a machine stands, in one sentence and what is behind it. */
export function peerWords(peer: Peer, now: number): Told {
  const status = seenStatus(peer)
  const head = status && headline(status, now)
  if (peer.state === 'up') {
    if (!head) return { tone: 'quiet', title: 'It does not tell what it keeps', sub: [] }
    return { tone: tones[head.flame], title: head.title, sub: head.sub }
  }
  if (peer.state === 'unknown') return { tone: 'quiet', title: 'Not looked at yet', sub: [] }
  const away = peer.state === 'down' ? 'Not reached' : 'Its token is not accepted'
  const since = peer.state_since
  return {
    tone: 'bad',
    title: since ? `${away} since ${moment(since, now)}` : away,
    sub: peer.error ? [{ text: phrase(peer.error.message) }] : [],
    ...(peer.seen_at && head
      ? { before: { text: `Last seen ${ago(peer.seen_at, now)}: ${head.title}`, title: exact(peer.seen_at) } }
      : {}),
  }
}

/** How much of its memory is used, 0 to 1, with the words for it; undefined where it was not told. */
export function peerMemory(peer: Peer): { part: number; text: string } | undefined {
  const memory = peer.seen?.machine?.memory
  if (!memory) return undefined
  const { used_bytes: used, total_bytes: total } = memory
  return { part: Math.min(1, used / total), text: ramOf(used, total) }
}

/** Its graphics processors in one line: what each does, or of many the busiest. */
export function gpuWords(peer: Peer): Part | undefined {
  const gpus = peer.seen?.machine?.gpus ?? []
  const first = gpus[0]
  if (!first) return undefined
  const title = gpus.map((g) => g.name).join(', ')
  if (gpus.length === 1) return { text: `GPU ${oneGPU(first)}`, title }
  const busiest = Math.max(-1, ...gpus.map((g) => g.utilization ?? -1))
  const most = busiest < 0 ? 'use unknown' : `the busiest at ${percent(busiest)}`
  return { text: `${gpus.length} GPUs, ${most}`, title }
}

function oneGPU(g: GPU): string {
  if (g.note === 'asleep') return 'asleep'
  const use = g.utilization === undefined ? undefined : percent(g.utilization)
  const own = g.vendor !== 'apple' && g.memory_used_bytes !== undefined && g.memory_total_bytes
  const memory = own ? ramOf(g.memory_used_bytes ?? 0, g.memory_total_bytes ?? 0) : undefined
  return [use, memory].filter(Boolean).join(', ') || 'use unknown'
}

/** What our token may do there. */
export function rightsWords(peer: Peer): Part | undefined {
  if (peer.rights === 'full') return undefined
  return peer.rights === 'read'
    ? { text: 'look only', title: 'Its token lets this Pilotlight look, and change nothing there' }
    : undefined
}

/** Whether things can be done there now. */
export function canAct(peer: Peer): boolean {
  return peer.state === 'up' && peer.rights === 'full'
}

/** Whether a server over there can be told to do something; one that tells nothing of it is LM Studio or not. */
export function serverCan(peer: Peer, server: string, what: 'load' | 'unload'): boolean {
  const found = peer.seen?.servers.find((s) => s.id === server)
  return found?.tells ? found.tells[what] : found?.kind === 'lmstudio'
}

/** What is wrong with what was typed for a new machine, by field; empty when nothing is. */
export function peerWrong(wish: { url: string; token: string }, change: boolean): { url?: string; token?: string } {
  const wrong: { url?: string; token?: string } = {}
  const url = wish.url.trim()
  if (!change && url === '') wrong.url = 'Where its Pilotlight answers.'
  else if (!change && /\s/.test(url)) wrong.url = 'An address has no spaces in it.'
  const token = wish.token.trim()
  if (!change && token === '') wrong.token = capital('the one line that the command prints there.')
  else if (/\s/.test(token)) wrong.token = 'A token has no spaces in it: copy that one line.'
  return wrong
}
