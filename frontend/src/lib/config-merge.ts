// Puts two changes of one text together, line by line. Pure.

import { diffIndices } from 'node-diff3'

/** A stretch of a merged text: settled, or one where both sides say different things. */
export type Region =
  { kind: 'settled'; lines: string[] } | { kind: 'conflict'; mine: string[]; theirs: string[]; base: string[] }

export type Choice = 'mine' | 'theirs' | 'both'

/** Lines with what ends them, so that joining gives the same bytes. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** A stretch of lines, from..to, that others take the place of. */
interface Change {
  from: number
  to: number
  lines: string[]
}

/**
 * In what two texts differ. What is equal at both ends is set aside first: where
 * one line is written a thousand times, comparing all of it would take long.
 */
function changesOf(a: string[], b: string[]): Change[] {
  const head = commonHead(a, b)
  const tail = commonTail(a, b, head)
  return diffIndices(a.slice(head, a.length - tail), b.slice(head, b.length - tail)).map((d) => ({
    from: d.buffer1[0] + head,
    to: d.buffer1[0] + head + d.buffer1[1],
    lines: d.buffer2Content,
  }))
}

/** The lines from..to of a base once its changes in there are made. */
function made(base: string[], changes: Change[], from: number, to: number): string[] {
  const out: string[] = []
  let at = from
  for (const c of changes) {
    out.push(...base.slice(at, c.from), ...c.lines)
    at = c.to
  }
  return [...out, ...base.slice(at, to)]
}

/** What both sides make of the base together. Where they agree there is no conflict. */
export function merge(base: string, mine: string, theirs: string): Region[] {
  const o = linesOf(base)
  const sides = [mine, theirs].map((text, side) => changesOf(o, linesOf(text)).map((c) => ({ ...c, side })))
  const all = sides.flat().sort((x, y) => x.from - y.from || x.to - y.to)
  const out: Region[] = []
  const settle = (lines: string[]) => {
    const last = out.at(-1)
    if (last?.kind === 'settled') last.lines.push(...lines)
    else if (lines.length > 0) out.push({ kind: 'settled', lines: [...lines] })
  }
  let at = 0
  for (let i = 0; i < all.length;) {
    const from = all[i]?.from ?? 0
    let to = from
    const group: typeof all = []
    // Changes that touch each other are about the same thing.
    for (let c = all[i]; c && (group.length === 0 || c.from <= to); c = all[++i]) {
      group.push(c)
      to = Math.max(to, c.to)
    }
    const [a, b] = [0, 1].map((side) =>
      made(
        o,
        group.filter((c) => c.side === side),
        from,
        to,
      ),
    ) as [string[], string[]]
    settle(o.slice(at, from))
    const alone = group.every((c) => c.side === group[0]?.side)
    if (alone || same(a, b)) settle(group[0]?.side === 1 ? b : a)
    else out.push({ kind: 'conflict', mine: a, theirs: b, base: o.slice(from, to) })
    at = to
  }
  settle(o.slice(at))
  return out
}

export function conflictsOf(regions: Region[]): number {
  return regions.filter((r) => r.kind === 'conflict').length
}

/** The merged text; undefined while a conflict has no choice yet. */
export function resolved(regions: Region[], choices: (Choice | undefined)[]): string | undefined {
  let n = 0
  const lines: string[] = []
  for (const r of regions) {
    if (r.kind === 'settled') {
      lines.push(...r.lines)
      continue
    }
    const choice = choices[n++]
    if (!choice) return undefined
    if (choice !== 'mine') lines.push(...r.theirs)
    if (choice !== 'theirs') lines.push(...r.mine)
  }
  return lines.join('')
}

/** One line of a comparison; numbers count from 1. */
export interface Row {
  kind: 'same' | 'added' | 'removed' | 'gap'
  text: string
  before?: number
  after?: number
}

/** Compares two texts, with some lines of what is around each change. */
export function compare(before: string, after: string, around = 2): Row[] {
  const a = linesOf(before)
  const changes = changesOf(a, linesOf(after))
  const rows: Row[] = []
  let shown = 0 // lines of a that are told of already
  let more = 0 // by how many lines the other has grown so far
  changes.forEach(({ from, to, lines }, i) => {
    const begin = Math.max(shown, from - around)
    if (begin > shown) rows.push({ kind: 'gap', text: '' })
    for (let k = begin; k < from; k++) rows.push(kept(a, k, k + more))
    for (let k = from; k < to; k++) rows.push({ kind: 'removed', text: bare(a[k]), before: k + 1 })
    lines.forEach((line, k) => rows.push({ kind: 'added', text: bare(line), after: from + more + k + 1 }))
    more += lines.length - (to - from)
    const end = Math.min(a.length, to + around, changes[i + 1]?.from ?? a.length)
    for (let k = to; k < end; k++) rows.push(kept(a, k, k + more))
    shown = end
  })
  if (rows.length > 0 && shown < a.length) rows.push({ kind: 'gap', text: '' })
  return rows
}

const kept = (a: string[], i: number, j: number): Row => ({
  kind: 'same',
  text: bare(a[i]),
  before: i + 1,
  after: j + 1,
})
const bare = (line: string | undefined) => (line ?? '').replace(/\r?\n$/, '')
const same = (a: string[], b: string[]) => a.length === b.length && a.every((x, i) => x === b[i])

function commonHead(a: string[], b: string[]): number {
  let n = 0
  while (n < a.length && n < b.length && a[n] === b[n]) n++
  return n
}

function commonTail(a: string[], b: string[], head: number): number {
  let n = 0
  while (n < a.length - head && n < b.length - head && a[a.length - 1 - n] === b[b.length - 1 - n]) n++
  return n
}
