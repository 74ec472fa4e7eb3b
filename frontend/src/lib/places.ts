// Places of the dashboard. The open one lives in the address's hash, so that
// any server of the files serves every place. Pure.

export type Place = 'now' | 'timeline' | 'fallbacks' | 'models' | 'config' | 'doctor'

export interface Entry {
  place: Place
  label: string
  href: string
}

/** In the order of the rail and of the keys ⌘1, ⌘2 and so on. */
export const places: Entry[] = [
  { place: 'now', label: 'Now', href: '#/' },
  { place: 'timeline', label: 'Timeline', href: '#/timeline' },
  { place: 'fallbacks', label: 'Fallbacks', href: '#/fallbacks' },
  { place: 'models', label: 'Models', href: '#/models' },
  { place: 'config', label: 'Config', href: '#/config' },
  { place: 'doctor', label: 'Doctor', href: '#/doctor' },
]

export interface Route {
  place: Place
  /** What of the place is open, after a slash: the number of a fallback. */
  item?: string
  /** What was asked for is no place. */
  nowhere?: true
  query: URLSearchParams
}

/** Reads a hash; what is not a place is told as such, and counts as Now. */
export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [name = '', item] = path.split('/', 2)
  const entry = places.find((p) => p.href === `#/${name}`)
  return {
    place: entry?.place ?? 'now',
    ...(entry && item ? { item } : {}),
    ...(!entry ? { nowhere: true as const } : {}),
    query: new URLSearchParams(query),
  }
}
