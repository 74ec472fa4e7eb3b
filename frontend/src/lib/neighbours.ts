// The fallbacks just before and after one, for leafing through stories.

import { client } from '../api/client'
import type { Fallback } from '../api/types'
import type { FallbackQuery } from './fallback-filter'

export interface Neighbours {
  newer?: Fallback
  older?: Fallback
}

const day = 86_400_000
const most = 1000

/** Those in a list; undefined when it does not hold the fallback. */
export function listed(items: Fallback[] | null, id: number): Neighbours | undefined {
  const at = items?.findIndex((f) => f.id === id) ?? -1
  if (!items || at < 0) return undefined
  return { newer: items[at - 1], older: items[at + 1] }
}

/**
 * Asks for them, for a story that no list holds. The API lists the newest
 * first, so the next newer one is the last of a span that begins here; the
 * span grows until there is one.
 */
export async function asked(f: Fallback, query: FallbackQuery): Promise<Neighbours> {
  const older = await page({ ...query, until: f.at }, 1)
  const at = Date.parse(f.at)
  for (const length of [day, 30 * day, undefined]) {
    const until = length ? new Date(at + length).toISOString() : query.until
    const found = await page({ ...query, since: f.at, until }, most)
    const newer = found.items.filter((x) => x.id !== f.id).at(-1)
    // More than a page holds: its last one is not the next one.
    if (found.next) break
    if (newer) return { newer, older: older.items[0] }
  }
  return { older: older.items[0] }
}

async function page(query: FallbackQuery, limit: number): Promise<{ items: Fallback[]; next?: string }> {
  const answer = await client.GET('/api/fallbacks', { params: { query: { ...query, limit } } }).catch(() => undefined)
  return answer?.data ?? { items: [] }
}
