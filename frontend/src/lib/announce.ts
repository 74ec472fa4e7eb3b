// What a screen reader is told of what happens while a page is open: each thing
// once, and nothing of what was so already when the page came. Pure.

import type { Status } from '../api/types'
import { because, whatText } from './fallback'
import { headline } from './headline'
import type { Link } from './live.svelte'
import { serverLabel } from './lookup'
import { ended, serverWords } from './words'

/** What the last look was like, to hold the next against. */
export interface Heard {
  link: Link
  title: string
  /** The number of the newest fallback; 0 for none. */
  fallback: number
  /** How each server stood. */
  servers: Record<string, string>
}

/** The state in a form that two looks can be compared by; undefined before there is any. */
export function hear(status: Status | null, link: Link, now: number): Heard | undefined {
  if (!status) return undefined
  return {
    link,
    title: headline(status, now).title,
    fallback: status.last_fallback?.id ?? 0,
    servers: Object.fromEntries(status.servers.map((s) => [s.id, s.state])),
  }
}

/** What is new since the last look, the weightiest first, each a sentence. */
export function news(before: Heard | undefined, after: Heard, status: Status): string[] {
  if (!before) return []
  if (after.link === 'lost' || after.link === 'signed-out') return link(before, after)
  return [
    ...new Set([
      ...link(before, after),
      ...fallback(before, after, status),
      ...servers(before, after, status),
      ...(after.title === before.title ? [] : [ended(after.title)]),
    ]),
  ]
}

function link(before: Heard, after: Heard): string[] {
  if (before.link === after.link) return []
  if (after.link === 'lost') return ['Pilotlight does not answer.']
  if (after.link === 'signed-out') return ['You are signed out.']
  return after.link === 'live' && before.link === 'lost' ? ['Pilotlight answers again.'] : []
}

/** The same fallback is told of again when more was found out; that is no news to be read out. */
function fallback(before: Heard, after: Heard, status: Status): string[] {
  const f = status.last_fallback
  if (!f || after.fallback <= before.fallback) return []
  const why = f.cause.code === 'unknown' ? '' : `, ${because(f.cause)}`
  return [ended(`New fallback: ${whatText(f, status)}${why}`)]
}

function servers(before: Heard, after: Heard, status: Status): string[] {
  return status.servers
    .filter((s) => {
      const was = before.servers[s.id]
      // What was never up was not lost, and what was not looked at yet is not known to be.
      if (was === undefined || was === after.servers[s.id]) return false
      return was === 'up' ? s.state !== 'unknown' : s.state === 'up' && was !== 'unknown'
    })
    .map((s) => {
      const label = serverLabel(s, status.servers)
      return ended(s.state === 'up' ? `${label} answers again` : serverWords(s, label).text)
    })
}
