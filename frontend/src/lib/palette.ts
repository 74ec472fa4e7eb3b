// Finds what a person types among all that can be opened and done: which fit,
// which fit best, in which order. Pure.

/** Something that the palette offers. */
export interface Entry {
  /** Stays the same for the same thing while the palette is open. */
  id: string
  group: string
  title: string
  /** What stands beside it: a key, a state, an address. */
  hint?: string
  /** Words that it answers to though they are not shown. */
  also?: string
  /** Why it cannot be done now, and what to do. */
  why?: string
}

/** An entry that fits, with the parts of its title that were typed: from, to. */
export interface Hit<T extends Entry> {
  entry: T
  score: number
  marks: [number, number][]
}

export interface HitGroup<T extends Entry> {
  name: string
  hits: Hit<T>[]
}

/** How many of a group are shown: nobody reads more than that, and typing on narrows them down. */
const most = 8
const mostUnasked = 6

const exact = 100
const begins = 80
const wordBegins = 60
const inside = 40
const scattered = 20
/** What is typed may stand in the words that are not shown; the title counts for more. */
const hidden = 15

/**
 * The entries that fit, in their groups. The group of the best one comes first,
 * and within a group the better comes first; what fits alike keeps its order.
 * Nothing typed fits everything.
 */
export function find<T extends Entry>(entries: T[], typed: string): HitGroup<T>[] {
  const words = fold(typed).split(/\s+/).filter(Boolean)
  const groups = new Map<string, Hit<T>[]>()
  for (const entry of entries) {
    const hit = fit(entry, words)
    if (!hit) continue
    const group = groups.get(entry.group)
    if (group) group.push(hit)
    else groups.set(entry.group, [hit])
  }
  const limit = words.length > 0 ? most : mostUnasked
  const out = [...groups].map(([name, hits]) => ({
    name,
    // sort is stable: equals keep the order that they came in.
    hits: hits.sort((a, b) => b.score - a.score).slice(0, limit),
  }))
  return words.length > 0 ? out.sort((a, b) => (b.hits[0]?.score ?? 0) - (a.hits[0]?.score ?? 0)) : out
}

/** Every word must fit, each in the title or in the words beside it. */
function fit<T extends Entry>(entry: T, words: string[]): Hit<T> | undefined {
  const title = fold(entry.title)
  const also = fold(`${entry.also ?? ''} ${entry.group}`)
  const marks: [number, number][] = []
  let score = 0
  for (const word of words) {
    const inTitle = match(title, word)
    const beside = inTitle && inTitle.score > scattered ? undefined : match(also, word)
    // Scattered letters say little where the word itself stands beside the title.
    if (beside && beside.score > scattered) score += hidden + beside.score / 10
    else if (inTitle) {
      score += inTitle.score
      marks.push(...inTitle.marks)
    } else return undefined
  }
  // What can be done goes before what cannot.
  if (entry.why) score -= 5
  return { entry, score: words.length > 0 ? score / words.length : 0, marks: joined(marks) }
}

interface Match {
  score: number
  marks: [number, number][]
}

/** Where a word stands in a text, and how well that fits: at a word's beginning, inside one, or its letters apart. */
function match(text: string, word: string): Match | undefined {
  const at = best(text, word)
  if (at >= 0) {
    const score = text === word ? exact : at === 0 ? begins : starts(text, at) ? wordBegins : inside
    return { score, marks: [[at, at + word.length]] }
  }
  return word.length < 2 ? undefined : apart(text, word)
}

/** The place to prefer: the first at a word's beginning, else the first at all. */
function best(text: string, word: string): number {
  const first = text.indexOf(word)
  for (let at = first; at >= 0; at = text.indexOf(word, at + 1)) if (starts(text, at)) return at
  return first
}

function starts(text: string, at: number): boolean {
  return at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '')
}

/**
 * The letters in their order, as "mm21" in "MiniMax M2.1". The first must begin a
 * word and each gap must end at one or be short, or nearly anything would fit.
 */
function apart(text: string, word: string): Match | undefined {
  for (let from = text.indexOf(word[0] ?? ''); from >= 0; from = text.indexOf(word[0] ?? '', from + 1)) {
    if (!starts(text, from)) continue
    const marks = follow(text, word, from)
    if (marks) return { score: scattered - Math.min(9, marks.length), marks }
  }
  return undefined
}

const shortGap = 2

function follow(text: string, word: string, from: number): [number, number][] | undefined {
  const marks: [number, number][] = [[from, from + 1]]
  let at = from
  for (const letter of word.slice(1)) {
    let next = text.indexOf(letter, at + 1)
    while (next >= 0 && next - at - 1 > shortGap && !starts(text, next)) next = text.indexOf(letter, next + 1)
    if (next < 0) return undefined
    marks.push([next, next + 1])
    at = next
  }
  return marks
}

/** Marks in order, those that touch or overlap as one. */
function joined(marks: [number, number][]): [number, number][] {
  const out: [number, number][] = []
  for (const [from, to] of [...marks].sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else out.push([from, to])
  }
  return out
}

/** A title cut at its marks. */
export function pieces(title: string, marks: [number, number][]): { text: string; marked: boolean }[] {
  const out: { text: string; marked: boolean }[] = []
  let at = 0
  for (const [from, to] of marks) {
    if (from > at) out.push({ text: title.slice(at, from), marked: false })
    out.push({ text: title.slice(from, to), marked: true })
    at = to
  }
  if (at < title.length) out.push({ text: title.slice(at), marked: false })
  return out
}

const plain = /^[\x20-\x7e]*$/

/** Small letters, each accent taken off. As long as what it was, so that marks fit the title. */
function fold(text: string): string {
  if (plain.test(text)) return text.toLowerCase()
  let out = ''
  for (const unit of text.split('')) {
    const small = unit.normalize('NFD').charAt(0).toLowerCase()
    out += small.length === 1 ? small : unit
  }
  return out
}

/** The place that a key leads to in a list of so many; undefined for keys that lead nowhere. */
export function step(key: string, at: number, length: number): number | undefined {
  if (length === 0) return undefined
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % length
    case 'ArrowUp':
      return (at - 1 + length) % length
    case 'Home':
      return 0
    case 'End':
      return length - 1
    case 'PageDown':
      return Math.min(length - 1, at + most)
    case 'PageUp':
      return Math.max(0, at - most)
    default:
      return undefined
  }
}
