// Moves entries of an ordered list, and says so. Pure.

/** The list with one entry at another place; the same list where nothing moves. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  const place = Math.max(0, Math.min(list.length - 1, to))
  if (from === place || from < 0 || from >= list.length) return list
  const out = [...list]
  const [one] = out.splice(from, 1)
  out.splice(place, 0, one as T)
  return out
}

/** Where an entry that is dragged would come to lie, by the middles of the rows around it. */
export function dropPlace(middles: number[], from: number, y: number): number {
  let place = 0
  middles.forEach((middle, i) => {
    if (i !== from && y > middle) place++
  })
  return place
}

/** For a screen reader: "Opus is fallback 1 of 3 now". */
export function placeWords(name: string, place: number, count: number): string {
  return `${name} is fallback ${place + 1} of ${count} now`
}
