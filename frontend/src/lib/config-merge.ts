// Puts two changes of one text together, line by line. Pure.

import { diff3MergeRegions, diffIndices } from 'node-diff3'

/** A stretch of a merged text: settled, or one where both sides say different things. */
export type Region =
  | { kind: 'settled'; lines: string[] }
  | { kind: 'conflict'; mine: string[]; theirs: string[]; base: string[] }

export type Choice = 'mine' | 'theirs' | 'both'

/** Lines with what ends them, so that joining gives the same bytes. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** What both sides make of the base together. Where they agree there is no conflict. */
export function merge(base: string, mine: string, theirs: string): Region[] {
  const [o, a, b] = [linesOf(base), linesOf(mine), linesOf(theirs)]
  const out: Region[] = []
  const settle = (lines: string[]) => {
    const last = out.at(-1)
    if (last?.kind === 'settled') last.lines.push(...lines)
    else if (lines.length > 0) out.push({ kind: 'settled', lines: [...lines] })
  }
  for (const r of diff3MergeRegions(a, o, b)) {
    if (r.stable) settle(r.bufferContent)
    else if (same(r.aContent, r.bContent) || same(r.bContent, r.oContent)) settle(r.aContent)
    else if (same(r.aContent, r.oContent)) settle(r.bContent)
    else out.push({ kind: 'conflict', mine: r.aContent, theirs: r.bContent, base: r.oContent })
  }
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
  const [a, b] = [linesOf(before), linesOf(after)]
  const head = commonHead(a, b)
  const tail = commonTail(a, b, head)
  const changes = diffIndices(a.slice(head, a.length - tail), b.slice(head, b.length - tail)).map((d) => ({
    from: [d.buffer1[0] + head, d.buffer2[0] + head] as const,
    count: [d.buffer1[1], d.buffer2[1]] as const,
  }))
  const rows: Row[] = []
  let shown = 0 // lines of a that are told of already
  changes.forEach((change, i) => {
    const [from, to] = change.from
    const begin = Math.max(shown, from - around)
    if (begin > shown) rows.push({ kind: 'gap', text: '' })
    for (let k = begin; k < from; k++) rows.push(kept(a, k, k + to - from))
    for (let k = 0; k < change.count[0]; k++)
      rows.push({ kind: 'removed', text: bare(a[from + k]), before: from + k + 1 })
    for (let k = 0; k < change.count[1]; k++)
      rows.push({ kind: 'added', text: bare(b[to + k]), after: to + k + 1 })
    const past = from + change.count[0]
    const next = changes[i + 1]?.from[0] ?? a.length
    const end = Math.min(a.length, past + around, next)
    for (let k = past; k < end; k++) rows.push(kept(a, k, k - past + to + change.count[1]))
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
