// What the first start found and can offer, in words. Pure.

import type { Hop, Model, OpenClaw, Server, Status, WhatIf } from '../api/types'
import { context, many } from './format'
import { canLoad, isHosted } from './engine'
import { floorK, reason, takenAt, verdictWords } from './fit'
import { keepable, modelOf, serverLabel, serverOf } from './lookup'
import { snags } from './openclaw'
import { refName } from './refs'
import { serverRemedy, serverWords, type Tone } from './words'

/** Something that was looked for. */
export interface Finding {
  /** Stays the same while it is looked for. */
  id: string
  tone: Tone
  title: string
  text: string
  /** What to do where it is not there; backticks mark what is typed. */
  hint?: string
}

/** LM Studio and the other servers, OpenClaw and its gateway, each found or not. */
export function findings(status: Status): Finding[] {
  const servers = status.servers.filter((s) => !isHosted(s)).map((s) => serverFinding(s, status))
  if (servers.length === 0)
    servers.push({
      id: 'servers',
      tone: 'warn',
      title: 'No model server',
      text: 'None is set.',
      hint: 'Start Pilotlight with `--lmstudio URL` to tell it where LM Studio is.',
    })
  return [...servers, ...clawFindings(status)]
}

function serverFinding(server: Server, status: Status): Finding {
  const label = serverLabel(server, status.servers)
  const title = [label, server.version].filter(Boolean).join(' ')
  if (server.state === 'up') {
    const n = server.models.length
    const text = `${where(server)} · ${n > 0 ? many(n, 'model') : 'no model is downloaded yet'}`
    return { id: server.id, tone: n > 0 ? 'ok' : 'warn', title, text }
  }
  const { text } = serverWords(server, label)
  const looked = server.state !== 'unknown' || server.checked_at
  return {
    id: server.id,
    tone: looked ? 'bad' : 'quiet',
    title,
    // The name stands above it.
    text: looked ? `${text.replace(`${label} `, 'It ')}.` : text,
    hint: looked ? serverRemedy(server) : undefined,
  }
}

function where(server: Server): string {
  return `at ${server.url.replace(/^https?:\/\//, '').replace(/\/$/, '')}`
}

function clawFindings(status: Status): Finding[] {
  const oc = status.openclaw
  if (!oc) return [{ id: 'openclaw', tone: 'quiet', title: 'OpenClaw', text: 'Looking for it…' }]
  if (!oc.found)
    return [
      {
        id: 'openclaw',
        tone: 'quiet',
        title: 'OpenClaw',
        text: 'It was not found on this machine.',
        hint: 'It is found by itself once it is there. A model can be kept warm without it.',
      },
    ]
  const title = ['OpenClaw', oc.version].filter(Boolean).join(' ')
  return [{ id: 'openclaw', title, ...clawWords(oc, status) }, gateway(oc)]
}

function clawWords(oc: OpenClaw, status: Status): Pick<Finding, 'tone' | 'text' | 'hint'> {
  const [snag] = oc.config_valid ? [] : snags(oc)
  if (snag) return { tone: snag.tone, text: snag.text, hint: snag.hint }
  const [first, ...others] = oc.chain
  if (!first) return { tone: 'warn', text: 'Its config names no model.' }
  const then = others.length > 0 ? `, then ${list(others.map((h) => refName(h.ref, status)))}` : ''
  return { tone: 'ok', text: `Asks ${refName(first.ref, status)} first${then}` }
}

/** "A, B and C". */
function list(names: string[]): string {
  const last = names.at(-1) ?? ''
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${last}` : last
}

function gateway(oc: OpenClaw): Finding {
  const of = { id: 'gateway', title: "OpenClaw's gateway" }
  switch (oc.gateway) {
    case 'up':
      return { ...of, tone: 'ok', text: 'It runs.' }
    case 'down':
      return {
        ...of,
        tone: 'warn',
        text: 'It does not run.',
        hint: 'Nobody asks its models until it does. Start it in its app, or with `openclaw gateway`.',
      }
    case 'unknown':
      return { ...of, tone: 'quiet', text: 'Whether it runs is not known.' }
  }
}

/** The model that is worth keeping. */
export interface Offer {
  server: Server
  model: Model
  /** The context that OpenClaw counts on, in tokens. */
  counted?: number
  why: string
}

/**
 * The model to offer: OpenClaw's primary; else the first of its others that is
 * on a server of this machine's; else what is in memory.
 */
export function offer(status: Status): Offer | undefined {
  const chain = status.openclaw?.chain ?? []
  for (const [i, hop] of chain.entries()) {
    const found = ofHop(hop, status)
    if (!found) continue
    const why = i === 0 ? "OpenClaw's primary" : "The first of OpenClaw's models that can be kept here"
    return { ...found, why }
  }
  const loaded = keepable(status).find(({ model }) => model.instances.length > 0)
  return loaded && { ...loaded, why: 'It is in memory now' }
}

function ofHop(hop: Hop, status: Status): Omit<Offer, 'why'> | undefined {
  const server = hop.server ? serverOf(status, hop.server) : undefined
  const model = server && hop.key ? modelOf(status, server.id, hop.key) : undefined
  if (!server || !model || !canLoad(server)) return undefined
  const most = model.max_context_length ?? Infinity
  const counted = hop.context_window ? Math.min(hop.context_window, most) : undefined
  return { server, model, ...(counted ? { counted } : {}) }
}

/** With which context the offer is made, and whether it fits with that. */
export interface Terms {
  /** Tokens; left out leaves the choice to the server. */
  context?: number
  /** What the context is by. */
  basis: string
  tone: Tone
  verdict: string
}

/** Less than this is of no use to an agent. */
const least = 8192

/**
 * The context is the one that OpenClaw counts on; where that does not fit, the
 * longest that does. what is undefined while it is not known.
 */
export function terms(offer: Offer, what: WhatIf | undefined): Terms {
  const { counted, model, why } = offer
  const there = model.instances[0]?.context_length
  const basis = counted ? `${why}, with ${context(counted)} context as its config counts on.` : `${why}.`
  const of = (tone: Tone, verdict: string): Terms => ({ context: counted, basis, tone, verdict })
  if (there && (!counted || there >= counted))
    return of('ok', `In memory now with ${context(there)} context: nothing has to be loaded.`)
  const taken = what && takenAt(what, counted)
  if (!what?.fit || !taken) return of('quiet', 'Whether it fits is not known.')
  const longest = what.fits_up_to ? floorK(what.fits_up_to) : 0
  if (taken.verdict === 'too_big' && counted && longest >= least && longest < counted)
    return {
      context: longest,
      basis: `${why}, with ${context(longest)} context: the longest that fits.`,
      tone: 'warn',
      verdict: `OpenClaw counts on ${context(counted)}, which is too big here: change that under Config.`,
    }
  const { tone, text } = verdictWords(taken.verdict)
  return of(tone, `${text}. ${reason(what.fit, taken)}`)
}
