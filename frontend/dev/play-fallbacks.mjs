// The fallback history of the stand-in agent: filters, pages, counts and tells
// as the real one does.

import { fallback, cause, refs } from './fallbacks.mjs'
import { at } from './props.mjs'

/** @typedef {import('../src/api/types').Fallback} Fallback */
/** @typedef {import('../src/api/types').FallbackStory} Story */
/** @typedef {import('./scenes.mjs').Scene} Scene */

/** Makes the status say what the history holds. @param {Scene} p */
export function sum(p) {
  const midnight = new Date().setHours(0, 0, 0, 0)
  const today = rows(p).filter((f) => Date.parse(f.at) >= midnight)
  p.status = {
    ...p.status,
    last_fallback: rows(p)[0],
    fallbacks_today: today.length,
    lost_today_seconds: today.reduce((s, f) => s + (f.lost_seconds ?? 0), 0),
    fallback_unseen: p.unseen === true,
  }
}

/** @param {string} ref */
const name = (ref) =>
  ({ [refs.minimax]: 'MiniMax M2.1', [refs.opus]: 'Claude Opus 4.6', [refs.sonnet]: 'Claude Sonnet 4.5' })[ref] ?? ref

/** @param {Scene} p */
const rows = (p) => p.fallbacks ?? []

/** @param {Scene} p @param {URLSearchParams} query */
function fitting(p, query) {
  const get = (/** @type {string} */ name) => query.get(name) ?? ''
  const [since, until] = ['since', 'until'].map((k) => Date.parse(get(k)))
  return rows(p).filter((f) => {
    const t = Date.parse(f.at)
    return (
      !(t < (since ?? NaN)) &&
      !(t >= (until ?? NaN)) &&
      (!get('model') || [f.requested, f.answered].includes(get('model'))) &&
      (!get('cause') || f.cause.code === get('cause')) &&
      (!get('outcome') || f.outcome === get('outcome')) &&
      (!get('reason') || f.reason === get('reason')) &&
      (!get('session') || [f.session_id, f.session_key].includes(get('session')))
    )
  })
}

/** @param {Scene} p @param {URLSearchParams} query */
export function list(p, query) {
  const limit = Number(query.get('limit') ?? 100)
  const before = Number(query.get('before') ?? Infinity)
  const found = fitting(p, query).filter((f) => f.id < before)
  const items = found.slice(0, limit)
  return found.length > limit ? { items, next: String(items.at(-1)?.id) } : { items }
}

/** @param {Scene} p @param {URLSearchParams} query @returns {import('../src/api/types').FallbackSummary} */
export function summary(p, query) {
  const found = fitting(p, query)
  const lost = (/** @type {Fallback[]} */ all) => all.reduce((s, f) => s + (f.lost_seconds ?? 0), 0)
  /** @param {(f: Fallback) => string | null} of */
  const by = (of) => {
    /** @type {Map<string, Fallback[]>} */
    const groups = new Map()
    for (const f of found) {
      const key = of(f)
      if (key !== null) groups.set(key, [...(groups.get(key) ?? []), f])
    }
    return [...groups]
      .map(([key, all]) => ({
        key,
        count: all.length,
        lost_seconds: lost(all),
        last_at: String(all[0]?.at),
      }))
      .sort((a, b) => b.count - a.count)
  }
  const days = by((f) => {
    const t = new Date(f.at)
    return [t.getFullYear(), t.getMonth() + 1, t.getDate()].map((n) => String(n).padStart(2, '0')).join('-')
  })
  return {
    since: query.get('since') ?? '',
    until: new Date().toISOString(),
    count: found.length,
    timed: found.filter((f) => f.lost_seconds !== undefined).length,
    lost_seconds: lost(found),
    days: days
      .map(({ key, count, lost_seconds }) => ({ day: key, count, lost_seconds }))
      .sort((a, b) => a.day.localeCompare(b.day)),
    causes: by((f) => f.cause.code),
    requested: by((f) => f.requested),
    answered: by((f) => f.answered),
    patterns: p.patterns ?? [],
  }
}

/**
 * What Pilotlight saw around a run: seconds before or after its beginning.
 * @type {Partial<Record<Fallback['cause']['code'], { after: number, kind: Story['steps'][number]['kind'], text: string, note?: string }[]>>}
 */
const around = {
  server_off: [
    {
      after: -671,
      kind: 'server',
      text: "LM Studio's server stopped answering; the app stayed open",
      note: 'seen by Pilotlight: refused on port 1234, the app alive on its own port',
    },
    { after: 104, kind: 'load', text: 'The server was back; Pilotlight loaded MiniMax M2.1, 41 s' },
  ],
  timeout_cold: [
    { after: 0, kind: 'load', text: 'LM Studio began to load MiniMax M2.1' },
    { after: 41, kind: 'load', text: 'MiniMax M2.1 was loaded, which took 41 s' },
  ],
}

/** @param {Fallback['attempts'][number]} a */
const why = (a) =>
  a.code === 'ECONNREFUSED'
    ? 'connection refused'
    : ({ auth: 'its key was refused', format: 'the conversation is too long', timeout: 'no answer in time' }[
        a.reason ?? ''
      ] ?? 'it failed')

/** @param {Scene} p @param {number} id @returns {Story | undefined} */
export function story(p, id) {
  const f = rows(p).find((x) => x.id === id)
  if (!f) return undefined
  const end = f.attempts.at(-1)?.at ?? f.at
  /** @param {number} seconds */
  const later = (seconds) => new Date(Date.parse(f.at) + seconds * 1000).toISOString()
  const seen = (around[f.cause.code] ?? []).map(({ after, ...step }) => ({
    ...step,
    at: later(after),
    tone: /** @type {const} */ ('plain'),
  }))
  return {
    ...f,
    steps: [
      ...seen,
      ...f.attempts.map(
        (a) =>
          /** @type {Story['steps'][number]} */ ({
            at: a.at,
            kind: a.decision === 'failed' ? 'attempt' : a.decision === 'skipped' ? 'skip' : 'answer',
            tone: a.decision === 'failed' ? 'bad' : a.decision === 'skipped' ? 'plain' : 'ok',
            text: {
              failed: `Your agent asked ${name(a.model)}: ${why(a)}${a.tries ? `, ${a.tries} tries` : ''}`,
              skipped: `${name(a.model)} was passed over`,
              succeeded: `${name(a.model)} answered`,
            }[a.decision],
            ...(a.decision === 'failed' && a.code === 'ECONNREFUSED'
              ? { note: "OpenClaw logged it as a time-out (408); the server's own state says refused" }
              : {}),
          }),
      ),
      ...(f.outcome === 'fell_back'
        ? []
        : [
            /** @type {Story['steps'][number]} */ ({
              at: end,
              kind: 'end',
              tone: 'bad',
              text: 'The run ended without an answer',
            }),
          ]),
    ].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
  }
}

/** A run falls back now. @param {Scene} p @param {URLSearchParams} query @returns {Fallback} */
export function arrive(p, query) {
  const now = Date.now()
  const ago = Number(query.get('ago') ?? 1)
  const f = fallback(now, ago, {
    id: Math.max(0, ...rows(p).map((x) => x.id)) + 1,
    at: at(now, ago),
    cause: { ...cause(now, ago, 15), summary: 'it is being looked into' },
    lost_seconds: 9,
  })
  p.fallbacks = [f, ...rows(p)].sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
  p.unseen = true
  sum(p)
  return f
}

/** More is found out about the newest one. @param {Scene} p @returns {Fallback} */
export function enrich(p) {
  const [first, ...others] = rows(p)
  if (!first) throw new Error('the scene has no fallback')
  const f = { ...first, cause: cause(Date.now(), 60, 0) }
  p.fallbacks = [f, ...others]
  sum(p)
  return f
}
