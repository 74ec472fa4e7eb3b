// Says in words what a code means. Pure.

import type { Load, Problem, Server } from '../api/types'
import { capital } from './format'

export type Tone = 'ok' | 'quiet' | 'warn' | 'bad'

export interface Told {
  tone: Tone
  text: string
}

const loadedWords: Partial<Record<Load['cause'], string>> = {
  keep_warm: 'Loaded by Pilotlight to keep it warm',
  user: 'Loaded through Pilotlight by hand',
  openclaw: 'Loaded for OpenClaw',
  external: 'Somebody loaded it outside Pilotlight',
  already_loaded: 'Was already loaded when Pilotlight first looked',
}

const unloadedWords: Partial<Record<Load['cause'], string>> = {
  keep_warm: 'Unloaded by Pilotlight to load it the way it is kept',
  user: 'Unloaded through Pilotlight by hand',
  openclaw: 'Unloaded for OpenClaw',
  external: 'Somebody unloaded it outside Pilotlight',
  ttl: 'Unloaded: idle too long (TTL)',
  evicted: 'Unloaded by the server to make room for another model',
  crashed: 'Its engine crashed',
  server_stopped: 'Gone when the server stopped',
}

const failedWords: Partial<Record<Load['cause'], string>> = {
  keep_warm: 'Pilotlight could not load it to keep it warm',
  user: 'Could not be loaded, asked for by hand through Pilotlight',
  openclaw: 'Could not be loaded for OpenClaw',
  external: 'Somebody tried to load it outside Pilotlight and could not',
}

/** One row of the load history in plain words. */
export function loadWords(load: Load): Told {
  switch (load.event) {
    case 'loaded':
      return { tone: 'ok', text: loadedWords[load.cause] ?? 'Loaded; nothing seen explains by whom' }
    case 'unloaded':
      return {
        tone: load.cause === 'crashed' ? 'bad' : load.cause === 'evicted' ? 'warn' : 'quiet',
        text: unloadedWords[load.cause] ?? 'Unloaded; nothing seen explains why',
      }
    case 'load_failed':
      return { tone: 'bad', text: failedWords[load.cause] ?? 'Could not be loaded' }
  }
}

/** How a server stands, as a sentence without its full stop. */
export function serverWords(server: Server, label: string): Told {
  switch (server.state) {
    case 'up':
      return { tone: 'ok', text: `${label} answers` }
    case 'server_off':
      return { tone: 'bad', text: `${label}'s server is off` }
    case 'down':
      return {
        tone: 'bad',
        text: server.error?.code === 'app_off' ? `${label} is not running` : `${label} does not answer`,
      }
    case 'needs_token':
      return { tone: 'bad', text: `${label} wants ${server.kind === 'lmstudio' ? 'an API token' : 'a key'}` }
    case 'unknown':
      return server.checked_at
        ? { tone: 'warn', text: `${label} gives an answer that makes no sense` }
        : { tone: 'quiet', text: `Looking for ${label}…` }
  }
}

/** The same in a word or two, for the foot of the rail. */
export function serverShort(server: Server): string {
  switch (server.state) {
    case 'up':
      return server.version ?? 'running'
    case 'server_off':
      return 'server off'
    case 'down':
      return server.error?.code === 'app_off' ? 'not running' : 'no answer'
    case 'needs_token':
      return server.kind === 'lmstudio' ? 'needs a token' : 'needs a key'
    case 'unknown':
      return server.checked_at ? 'strange answer' : 'looking…'
  }
}

/**
 * What to click to get a server back; backticks mark what is typed. The names
 * are those of LM Studio 0.4's Developer page and of its lms command.
 */
export function serverRemedy(server: Server): string {
  if (server.kind !== 'lmstudio') {
    if (server.error?.hint) return server.error.hint
    if (server.state === 'needs_token') return "Check the key of its provider in OpenClaw's config."
    if (server.engine === 'hosted') return "Check this machine's way to the internet."
    return `Start it, and check that its address is ${server.url}.`
  }
  switch (server.state) {
    case 'server_off':
      return 'In LM Studio, open Developer and switch the server on (Status: Running), or type `lms server start` in a terminal.'
    case 'down':
      return `Start LM Studio and switch on its server, or type \`lms server start\` in a terminal. Pilotlight looks for it at ${server.url}.`
    case 'needs_token':
      return 'Make a token in LM Studio under Developer, Server Settings, Manage Tokens. Then start Pilotlight with `LM_API_TOKEN` set to it.'
    case 'unknown':
      return server.error?.hint ?? `Check that ${server.url} is LM Studio's address.`
    case 'up':
      return ''
  }
}

/** Why a keep cannot go on, after "Blocked: ". */
export function blockedWords(reason: Problem | undefined, name: string): string {
  switch (reason?.code) {
    case 'guardrail':
    case 'memory':
      return 'not enough memory'
    case 'model_missing':
    case 'not_found':
      return `${name} is not downloaded`
    case 'load_failed':
      return `${name} could not be loaded`
    case 'model_crashed':
      return `${name} keeps crashing`
    case 'unstable':
      return `${name} was lost too often`
    case 'memory_pressure':
      return `${name} drives the machine into swap`
    case 'confirm_replace':
      return `${name} has too small a context`
    case 'unsupported':
    case 'schema':
      return 'this server cannot load on request'
    case 'needs_token':
      return 'the server wants an API token'
    default:
      return `${name} cannot be kept loaded`
  }
}

/**
 * A hint that a person at the dashboard can follow. The API's fallback hints
 * are for programs and name its own paths; those help nobody here.
 */
export function usableHint(hint: string | undefined): string | undefined {
  return hint && !/\bGET \/|\bsend force\b/.test(hint) ? hint : undefined
}

/** A message as one of several phrases on a line: no full stop. */
export function phrase(message: string): string {
  return capital(message.trim()).replace(/\.$/, '')
}

/** A message as a sentence. */
export function sentence(message: string): string {
  return capital(ended(message))
}

/** A message with its full stop. What it begins with stays as it is: it may be a name. */
export function ended(message: string): string {
  const m = message.trim()
  return /[.!?…]$/.test(m) ? m : `${m}.`
}
