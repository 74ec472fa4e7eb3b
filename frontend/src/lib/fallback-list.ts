// Keeps a list of fallbacks in order while pages and events come in. Pure.

import type { Fallback } from '../api/types'

/** Whether a stands before b in a list: the newer first. */
function before(a: Fallback, b: Fallback): boolean {
  const [x, y] = [Date.parse(a.at), Date.parse(b.at)]
  return x === y ? a.id > b.id : x > y
}

/**
 * Puts a fallback that was told of into its place, instead of what was known
 * of it. One that is older than all that was read stays out until it is read,
 * unless all was read; one that does not fit any more goes.
 */
export function put(items: Fallback[], f: Fallback, fits: boolean, all: boolean): Fallback[] {
  const others = items.filter((x) => x.id !== f.id)
  if (!fits) return others.length === items.length ? items : others
  const place = others.findIndex((x) => before(f, x))
  if (place >= 0) return [...others.slice(0, place), f, ...others.slice(place)]
  return all || others.length < items.length ? [...others, f] : items
}

/**
 * Joins a fresh first page with what was read before it, and with what events
 * told since the page was asked for. Where page and list do not meet, something
 * between them is not known, and the older ones go; whole says that what was
 * read before is still there to its end.
 */
export function merge(old: Fallback[], page: Fallback[]): { items: Fallback[]; whole: boolean } {
  const ids = new Set(page.map((f) => f.id))
  const [first, last] = [page[0], page.at(-1)]
  if (!first || !last) return { items: page, whole: false }
  const others = old.filter((f) => !ids.has(f.id))
  const newer = others.filter((f) => before(f, first))
  const older = others.filter((f) => before(last, f))
  const whole = older.length > 0 && others.length < old.length
  return { items: [...newer, ...page, ...(whole ? older : [])], whole }
}
