// The one sentence at the top of Now. Pure: a status and a time in, words out.

import type { Instance, Keep, Server, Status } from '../api/types'
import { isHosted } from './engine'
import { ago, context, duration, exact, inTime, left, moment, percent, secondsSince, span, tokens } from './format'
import { inMemory, keptInstance, modelName, serverLabel, serverOf, type InMemory } from './lookup'
import { blockedWords, phrase, sentence, serverRemedy, serverWords, usableHint, type Tone } from './words'

/**
 * The flame's four still shapes: the kept model is warm, it is on its way,
 * nothing burns, a person is needed.
 */
export type Flame = 'lit' | 'half' | 'outline' | 'mark'

/** A piece of the line under the sentence, with the exact value for hovering. */
export interface Part {
  text: string
  title?: string
}

export interface Headline {
  flame: Flame
  /** The sentence. It changes only when the state does, so it can be read aloud. */
  title: string
  /** Time spent so far, shown after the sentence but never read aloud. */
  elapsed?: string
  sub: Part[]
  tone: Tone
}

/** @param welcoming the panel of a first start stands above, and tells already how the servers are */
export function headline(status: Status, now: number, welcoming = false): Headline {
  const { keep } = status
  const name = modelName(status, keep.server, keep.model)
  switch (keep.state) {
    case 'off':
      return off(status, now, welcoming)
    case 'warm':
      return {
        flame: 'lit',
        tone: 'ok',
        title: keep.ask ? `${name} answers` : `${name} is warm`,
        sub: keep.ask ? askParts(keep, now) : warmParts(status, now),
      }
    case 'loading':
      return {
        flame: 'half',
        tone: 'warn',
        title: keep.ask ? `${name} is asked for the first time…` : `${name} is loading…`,
        elapsed: keep.loading_since ? span(secondsSince(keep.loading_since, now)) : undefined,
        sub: loadingParts(keep, now),
      }
    case 'waiting':
      return waiting(status, name, now)
    case 'paused':
      return paused(status, name, now)
    case 'blocked':
      return blocked(status, name, now)
  }
}

function off(status: Status, now: number, welcoming: boolean): Headline {
  const trouble = troubled(status)
  const loaded = inMemory(status)
  const quiet = { flame: 'outline', tone: 'quiet' } as const
  if (trouble && loaded.length === 0) {
    if (welcoming) return { ...quiet, title: 'Nothing is kept loaded', sub: [{ text: 'No server answers yet' }] }
    const title = serverWords(trouble, serverLabel(trouble, status.servers)).text
    return { ...quiet, title, sub: phrases(sinceParts(trouble, now), { text: 'nothing is kept loaded' }) }
  }
  return { ...quiet, title: 'Nothing is kept loaded', sub: offParts(loaded, now) }
}

/** Since when a server is as it is; nothing while it was not looked at yet. */
function sinceParts(server: Server, now: number): Part | undefined {
  const since = server.state_since
  return since && server.state !== 'unknown' ? { text: `since ${moment(since, now)}`, title: exact(since) } : undefined
}

/** The parts that are there, the first with a capital. */
function phrases(...parts: (Part | undefined)[]): Part[] {
  return parts.filter((p) => p !== undefined).map((p, i) => (i === 0 ? { ...p, text: phrase(p.text) } : p))
}

/** The server to speak of when no server answers. Hosted ones hold nothing that could be kept. */
function troubled(status: Status): Server | undefined {
  const own = status.servers.filter((s) => !isHosted(s))
  return own.some((s) => s.state === 'up') ? undefined : own[0]
}

function offParts(loaded: InMemory[], now: number): Part[] {
  const first = loaded[0]
  if (!first) return [{ text: 'No model is in memory' }]
  if (loaded.length > 1) return [{ text: `${loaded.length} models are in memory` }]
  const parts: Part[] = [{ text: `${first.model.name} is in memory` }]
  const expires = first.instance.expires_at
  if (expires) parts.push({ text: `unloads ${inTime(expires, now)} if nobody uses it`, title: exact(expires) })
  return parts
}

/** Of a model that only requests keep warm nothing tells what is in memory. */
function askParts(keep: Keep, now: number): Part[] {
  const next = keep.next_attempt_at
  return phrases(
    { text: 'kept warm by a request of one token now and then' },
    next ? { text: `the next ${inTime(next, now)}`, title: exact(next) } : undefined,
  )
}

function warmParts(status: Status, now: number): Part[] {
  const instance = keptInstance(status)
  if (!instance) return []
  const parts: Part[] = []
  const got = instance.context_length
  if (got) parts.push({ text: `${context(got)} context`, title: tokens(got) })
  const wanted = status.keep.context_length
  if (got && wanted && got < wanted)
    parts.push({ text: `${context(wanted)} wanted`, title: `${tokens(wanted)} were asked for` })
  parts.push({
    text: `loaded ${ago(instance.seen_loaded_at, now)}`,
    title: `Pilotlight first saw it ${exact(instance.seen_loaded_at)}`,
  })
  const use = useWords(instance, now)
  if (use) parts.push(use)
  return parts
}

/** What an instance does: answering, idle for how long, or nothing when nobody knows. */
export function useWords(instance: Instance, now: number): Part | undefined {
  const last = instance.last_used_at
  if (instance.busy === true) return { text: 'answering now', title: last ? `Last used ${exact(last)}` : undefined }
  if (last) return { text: `idle ${span(secondsSince(last, now))}`, title: `Last used ${exact(last)}` }
  return instance.busy === false ? { text: 'idle' } : undefined
}

export interface Progress {
  /** 0 to 1; left out when nothing allows an estimate. */
  value?: number
  text: string
}

/**
 * How far a load is. Without a figure of the server's, the time so far is held
 * against earlier loads, and never reads as done before it is.
 */
export function progress(keep: Keep, now: number): Progress {
  const elapsed = keep.loading_since ? secondsSince(keep.loading_since, now) : undefined
  const expected = keep.expected_seconds
  if (keep.progress !== undefined && keep.progress !== null)
    return { value: keep.progress, text: percent(keep.progress) }
  if (elapsed !== undefined && expected) {
    return { value: Math.min(0.95, elapsed / expected), text: `${span(elapsed)} of about ${span(expected)}` }
  }
  return { text: elapsed === undefined ? '' : span(elapsed) }
}

function loadingParts(keep: Keep, now: number): Part[] {
  const parts: Part[] = []
  const told = keep.progress
  if (told !== undefined) parts.push({ text: percent(told), title: 'As the server tells it' })
  if (keep.context_length)
    parts.push({ text: `${context(keep.context_length)} context`, title: tokens(keep.context_length) })
  const expected = keep.expected_seconds
  const began = keep.loading_since
  if (expected) {
    const late = began !== undefined && secondsSince(began, now) > 1.5 * expected
    parts.push({
      text: late ? `longer than the usual ${duration(expected)}` : `usually ${duration(expected)}`,
      title: "Median of this model's earlier loads",
    })
  } else if (began) parts.push({ text: `began ${moment(began, now)}`, title: exact(began) })
  return parts
}

/** A keep whose server is in the way: said of the server, because that is what a person can mend. */
function serverInTheWay(status: Status, name: string, now: number): Headline | undefined {
  const server = serverOf(status, status.keep.server)
  if (!server || server.state === 'up' || server.state === 'unknown') return undefined
  const then = server.state === 'needs_token' ? 'Pilotlight has one' : 'it is back'
  return {
    flame: 'mark',
    tone: 'bad',
    title: serverWords(server, serverLabel(server, status.servers)).text,
    sub: phrases(sinceParts(server, now), { text: `${name} will be loaded as soon as ${then}` }),
  }
}

function waiting(status: Status, name: string, now: number): Headline {
  const { reason, next_attempt_at: next } = status.keep
  return (
    serverInTheWay(status, name, now) ?? {
      flame: 'half',
      tone: 'warn',
      title: status.keep.ask ? `${name} does not answer` : `Waiting to load ${name}`,
      sub: phrases(
        reason && { text: reason.message },
        next ? { text: `next try ${inTime(next, now)}`, title: exact(next) } : undefined,
      ),
    }
  )
}

function paused(status: Status, name: string, now: number): Headline {
  const { reason, paused_until: until } = status.keep
  const loaded = keptInstance(status) !== undefined
  const without = loaded ? `${name} is still in memory, but nothing keeps it there` : `${name} is not in memory`
  return {
    flame: 'outline',
    tone: 'quiet',
    title: until ? `Paused until ${moment(until, now)}` : 'Paused until you resume',
    sub: phrases(
      { text: reason?.message ?? without },
      until ? { text: `${left(until, now)} left`, title: exact(until) } : undefined,
    ),
  }
}

function blocked(status: Status, name: string, now: number): Headline {
  const { reason } = status.keep
  return (
    serverInTheWay(status, name, now) ?? {
      flame: 'mark',
      tone: 'bad',
      title: `Blocked: ${blockedWords(reason, name)}`,
      sub: phrases(reason && { text: reason.message }),
    }
  )
}

/**
 * What a person can do now, with the button that does it where there is one:
 * try a blocked keep again, replace the instance that is in the way, or load
 * it again whoever unloads it.
 */
export interface Mend {
  text: string
  action?: 'retry' | 'replace' | 'always'
}

export function mend(status: Status): Mend | undefined {
  const { keep } = status
  const server = keep.state === 'off' ? troubled(status) : serverOf(status, keep.server)
  const looked = server && (server.state !== 'unknown' || server.checked_at)
  if (server && server.state !== 'up' && looked && keep.state !== 'paused') return { text: serverRemedy(server) }
  const hint = usableHint(keep.reason?.hint)
  switch (keep.state) {
    case 'off':
    case 'loading':
      return undefined
    case 'warm':
      return note(status)
    case 'paused':
      if (keep.reason?.code === 'ejected' && keep.policy !== 'always') return { text: hint ?? '', action: 'always' }
      return hint ? { text: hint } : undefined
    case 'waiting':
      if (keep.reason?.code === 'context_too_small') return { text: hint ?? '', action: 'replace' }
      // Who has mended it need not wait for the next try.
      return hint ? { text: hint, ...(keep.next_attempt_at ? { action: 'retry' as const } : {}) } : undefined
    case 'blocked':
      return { text: hint ?? '', action: keep.reason?.code === 'confirm_replace' ? 'replace' : 'retry' }
  }
}

/** What speaks against a model that is warm all the same. */
function note(status: Status): Mend | undefined {
  const { reason } = status.keep
  if (reason) return { text: [sentence(reason.message), usableHint(reason.hint)].filter(Boolean).join(' ') }
  const ttl = keptInstance(status)?.ttl_seconds
  if (!ttl) return undefined
  return {
    text: `A request loaded it, so it is unloaded after ${duration(ttl)} without use, and Pilotlight then loads it again. Replaced, it stays.`,
    action: 'replace',
  }
}
