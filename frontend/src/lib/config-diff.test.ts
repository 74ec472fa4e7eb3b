import { describe, expect, it } from 'vitest'
import { commentWords, readDiff, sumWords } from './config-diff'

const diff = `--- openclaw.json
+++ openclaw.json
@@ -4,4 +4,5 @@
   a: 1,
-  b: 2,
+  b: 20,
+--- c: 3,
   d: 4,
@@ -40,2 +41,1 @@
-  x: 0,
 }
`

describe('readDiff', () => {
  it('numbers the lines of both sides', () => {
    expect(readDiff(diff).map((r) => [r.kind, r.text, r.before, r.after])).toEqual([
      ['gap', '', undefined, undefined],
      ['same', '  a: 1,', 4, 4],
      ['removed', '  b: 2,', 5, undefined],
      ['added', '  b: 20,', undefined, 5],
      ['added', '--- c: 3,', undefined, 6],
      ['same', '  d: 4,', 6, 7],
      ['gap', '', undefined, undefined],
      ['removed', '  x: 0,', 40, undefined],
      ['same', '}', 41, 41],
    ])
  })

  it('hides nothing where it begins on the first line', () =>
    expect(readDiff('--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n').map((r) => r.kind)).toEqual(['removed', 'added']))

  it('shows a file that is new', () =>
    expect(readDiff('--- a\n+++ b\n@@ -0,0 +1,2 @@\n+{\n+}\n').map((r) => [r.kind, r.after])).toEqual([
      ['added', 1],
      ['added', 2],
    ]))

  it('is empty where nothing changes', () => expect(readDiff('')).toEqual([]))
})

it('sums up', () => {
  expect(sumWords(readDiff(diff))).toBe('2 lines added, 2 removed')
  expect(sumWords(readDiff('@@ -1,0 +1,1 @@\n+x\n'))).toBe('1 line added')
  expect(sumWords(readDiff('@@ -1,1 +1,0 @@\n-x\n'))).toBe('1 line removed')
  expect(sumWords([])).toBe('Nothing changes')
})

it('says what becomes of the comments', () => {
  expect(commentWords({ comments: 0, comments_kept: 0 })).toBe('The file has no comments.')
  expect(commentWords({ comments: 1, comments_kept: 1 })).toBe('The comment stays.')
  expect(commentWords({ comments: 8, comments_kept: 8 })).toBe('All 8 comments stay.')
  expect(commentWords({ comments: 8, comments_kept: 7 })).toBe(
    '7 of 8 comments stay; 1 would go with what stands beside.',
  )
})
