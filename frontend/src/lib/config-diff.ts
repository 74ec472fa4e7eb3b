// Reads the agent's unified diffs. Pure.

import { many } from './format'
import type { Row } from './config-merge'

/** The lines of a unified diff. The names on its top are left out. */
export function readDiff(diff: string): Row[] {
  const rows: Row[] = []
  let before = 0
  let after = 0
  for (const line of diff.split('\n')) {
    const at = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line)
    if (at) {
      // A hunk that begins on the first line hides nothing before it.
      if (rows.length > 0 || Number(at[1]) > 1) rows.push({ kind: 'gap', text: '' })
      before = Number(at[1])
      after = Number(at[2])
      continue
    }
    if (before === 0 && after === 0) continue
    const text = line.slice(1).replace(/\r$/, '')
    if (line.startsWith('+')) rows.push({ kind: 'added', text, after: after++ })
    else if (line.startsWith('-')) rows.push({ kind: 'removed', text, before: before++ })
    else if (line.startsWith(' ')) rows.push({ kind: 'same', text, before: before++, after: after++ })
  }
  return rows
}

/** "2 lines added, 1 removed". */
export function sumWords(rows: Row[]): string {
  const added = rows.filter((r) => r.kind === 'added').length
  const removed = rows.filter((r) => r.kind === 'removed').length
  if (added === 0 && removed === 0) return 'Nothing changes'
  if (removed === 0) return `${many(added, 'line')} added`
  if (added === 0) return `${many(removed, 'line')} removed`
  return `${many(added, 'line')} added, ${removed} removed`
}

/** What becomes of the comments, as a sentence. */
export function commentWords(plan: { comments: number; comments_kept: number }): string {
  const { comments, comments_kept: kept } = plan
  if (comments === 0) return 'The file has no comments.'
  if (kept === comments) return comments === 1 ? 'The comment stays.' : `All ${comments} comments stay.`
  return `${kept} of ${comments} comments stay; ${comments - kept} would go with what stands beside.`
}
