// Says in words what a fallback was. Pure.

import type { Attempt, Cause, Evidence, Fallback, FallbackSummary, Step, Status } from '../api/types'
import { capital, lost, lostLong, times } from './format'
import { pairNames, refName } from './refs'
import type { Tone } from './words'

/** A piece of a sentence; a model's name carries its exact reference. */
export interface Piece {
  text: string
  ref?: string
}

/** What happened in one run: "Opus answered instead of MiniMax". */
export function what(f: Fallback, status: Status | null): Piece[] {
  switch (f.outcome) {
    case 'fell_back': {
      if (!f.answered)
        return [{ text: 'Another model answered instead of ' }, named(f.requested, refName(f.requested, status))]
      const [asked, came] = pairNames(f.requested, f.answered, status)
      return [named(f.answered, came), { text: ' answered instead of ' }, named(f.requested, asked)]
    }
    case 'exhausted':
      return [{ text: 'Nobody answered' }]
    case 'stopped':
      return [{ text: 'The run was cut off' }]
    case 'error_as_reply':
      return [{ text: 'The error was sent as the answer' }]
  }
}

function named(ref: string, text: string): Piece {
  return { text, ref }
}

export function whatText(f: Fallback, status: Status | null): string {
  return what(f, status)
    .map((p) => p.text)
    .join('')
}

/** How late, after the sentence of a headline: ", 74 seconds late". Empty when nobody knows. */
export function lateWords(f: Fallback): string {
  const s = f.lost_seconds
  if (s === undefined) return ''
  if (f.outcome === 'fell_back') return `, ${lostLong(s)} late`
  return f.outcome === 'exhausted' ? `, ${lostLong(s)} lost` : ` after ${lostLong(s)}`
}

/** Why the time that was lost is not known. */
export function untimed(f: Fallback): string {
  return f.outcome === 'fell_back'
    ? "OpenClaw's records do not tell when the other model's turn began"
    : "OpenClaw's records do not tell when the run began or ended"
}

const outcomes: Record<Fallback['outcome'], string> = {
  fell_back: 'Another model answered',
  exhausted: 'Nobody answered',
  stopped: 'The run was cut off',
  error_as_reply: 'The error was sent as the answer',
}

/** Outcomes as a filter names them. */
export const outcomeNames = Object.entries(outcomes) as [Fallback['outcome'], string][]

export function outcomeName(outcome: Fallback['outcome']): string {
  return outcomes[outcome] ?? plainCode(outcome)
}

const causes: Record<Cause['code'], string> = {
  server_off: 'The server was switched off',
  app_off: 'LM Studio was not running',
  model_not_loaded: 'The model was not loaded',
  model_loading: 'The model was still loading',
  model_crashed: 'The model crashed',
  model_missing: 'The model is not there',
  context_too_small: 'The context was too small',
  out_of_memory: 'Not enough memory',
  timeout_cold: 'Loading outlasted the time-out',
  timeout_busy: 'Too busy to answer in time',
  auth: 'The key was refused',
  rate_limited: 'A rate limit or a bill',
  provider_error: 'The provider failed',
  network: 'The provider was out of reach',
  duplicate_instance: 'A smaller copy got the request',
  unknown: 'Not known',
}

/** A cause as a list of causes names it; a code of a newer agent is at least readable. */
export function causeName(code: string): string {
  return causes[code as Cause['code']] ?? plainCode(code)
}

export const causeNames = Object.entries(causes) as [Cause['code'], string][]

/** How sure a cause is, as a word. */
export function sureWords(confidence: Cause['confidence']): string {
  return confidence === 'unknown' ? 'not known' : confidence
}

/** What a word of confidence rests on, for hovering. */
export function sureWhy(confidence: Cause['confidence']): string {
  switch (confidence) {
    case 'certain':
      return 'Pilotlight saw it, or the provider said so itself'
    case 'likely':
      return 'It fits what is known, but nothing says so outright'
    case 'unknown':
      return 'Nothing that was seen or logged explains it'
  }
}

/** "because …", whole; of a cause that is not known, the summary is a sentence that gives none. */
export function because(cause: Cause): string {
  const summary = cause.summary.replace(/\.$/, '')
  if (!summary) return 'nothing seen explains why'
  return cause.code === 'unknown' ? summary : `because ${summary}`
}

const kinds: Record<Evidence['kind'], string> = {
  server_state: 'Seen of the server',
  load_history: 'Seen of the model',
  error_text: "The provider's words",
  transcript: "OpenClaw's transcript",
  openclaw_log: "OpenClaw's log",
  memory: 'Memory then',
  config: "OpenClaw's config",
}

export function evidenceKind(kind: Evidence['kind']): string {
  return kinds[kind] ?? plainCode(kind)
}

const decisions: Record<Attempt['decision'], { tone: Tone; text: string }> = {
  failed: { tone: 'bad', text: 'failed' },
  succeeded: { tone: 'ok', text: 'answered' },
  skipped: { tone: 'quiet', text: 'passed over' },
}

export function decisionWords(decision: Attempt['decision']): { tone: Tone; text: string } {
  return decisions[decision] ?? { tone: 'quiet', text: plainCode(decision) }
}

/** The mark of a step. */
export function stepTone(step: Step): Tone {
  return step.tone === 'plain' ? 'quiet' : step.tone
}

const sources: Record<Fallback['source'], string> = {
  log: 'log',
  transcript: 'transcript',
  state: 'state database',
}

export function sourceName(source: Fallback['source']): string {
  return sources[source] ?? plainCode(source)
}

/** A session in a few words: of the key "agent:main:whatsapp:group:x", what follows the agent. */
export function sessionName(f: Fallback): string | undefined {
  if (f.session_key)
    return (
      f.session_key
        .replace(/^agent:[^:]+:/, '')
        .replaceAll(':', ' ')
        .trim() || f.session_key
    )
  return f.session_id?.slice(0, 8)
}

/** The agent, where naming it tells more than "main". */
export function agentName(f: Fallback): string | undefined {
  const agent = f.agent_id ?? /^agent:([^:]+):/.exec(f.session_key ?? '')?.[1]
  return agent && agent !== 'main' ? agent : undefined
}

/**
 * The sentence on top of Fallbacks. today counts since midnight, all the whole
 * span; while they are not known there is no sentence.
 */
export function topWords(today: FallbackSummary, all: FallbackSummary, status: Status | null): string {
  if (today.count > 0) return todayWords(today, status)
  return all.count > 0 ? 'No fallback today' : 'No fallback in the last 26 weeks'
}

function todayWords(today: FallbackSummary, status: Status | null): string {
  const answered = today.answered.filter((a) => a.key !== '')
  const used = answered.reduce((sum, a) => sum + a.count, 0)
  const none = today.count - used
  const cost = today.lost_seconds > 0 ? `, ${lost(today.lost_seconds)} lost` : ''
  if (used <= 0) return `Your agent got no answer ${times(today.count)} today${cost}`
  const first = answered[0]
  const who = answered.length === 1 && first ? refName(first.key, status) : 'another model'
  const other = none > 0 ? ` and got no answer ${times(none)}` : ''
  return `Your agent used ${who} ${times(used)} today${other}${cost}`
}

function plainCode(code: string): string {
  return capital(code.replaceAll('_', ' '))
}
