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
 * Joins a fresh first page with what was read before it. Where they do not
 * meet, something between them is not known, and only the page counts; whole
 * says that what was read before is still there to its end.
 */
export function merge(old: Fallback[], page: Fallback[]): { items: Fallback[]; whole: boolean } {
  const ids = new Set(page.map((f) => f.id))
  const last = page.at(-1)
  const older = last ? old.filter((f) => !ids.has(f.id) && before(last, f)) : []
  const meets = old.some((f) => ids.has(f.id))
  return meets && older.length > 0
    ? { items: [...page, ...older], whole: true }
    : { items: page, whole: false }
}
