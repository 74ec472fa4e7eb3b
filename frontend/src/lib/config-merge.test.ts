import { describe, expect, it } from 'vitest'
import { compare, conflictsOf, linesOf, merge, resolved, type Region } from './config-merge'

const base = ['{', '  a: 1, // one', '  b: 2,', '  c: 3,', '  d: 4,', '  e: 5,', '}', ''].join('\n')
const change = (from: string, to: string, text = base) => {
  expect(text).toContain(from)
  return text.replace(from, to)
}
const whole = (regions: Region[]) => resolved(regions, [])

describe('merge', () => {
  it('puts changes of different places together', () => {
    const mine = change('b: 2', 'b: 20')
    const theirs = change('e: 5', 'e: 50')
    expect(whole(merge(base, mine, theirs))).toBe(change('e: 5', 'e: 50', mine))
  })

  it('keeps what only one side did, in either order', () => {
    const other = change('c: 3', 'c: 30')
    expect(whole(merge(base, other, base))).toBe(other)
    expect(whole(merge(base, base, other))).toBe(other)
  })

  it('has no conflict where both did the same', () => {
    const other = change('c: 3', 'c: 30')
    expect(conflictsOf(merge(base, other, other))).toBe(0)
    expect(whole(merge(base, other, other))).toBe(other)
  })

  it('decides nothing where both changed the same', () => {
    const regions = merge(base, change('c: 3', 'c: 30'), change('c: 3', 'c: 300'))
    expect(conflictsOf(regions)).toBe(1)
    expect(whole(regions)).toBeUndefined()
    expect(resolved(regions, ['mine'])).toBe(change('c: 3', 'c: 30'))
    expect(resolved(regions, ['theirs'])).toBe(change('c: 3', 'c: 300'))
    expect(resolved(regions, ['both'])).toBe(change('c: 3,', 'c: 300,\n  c: 30,'))
  })

  it('sees one side removing what the other changed', () => {
    const regions = merge(base, change('  c: 3,\n', ''), change('c: 3', 'c: 30'))
    expect(conflictsOf(regions)).toBe(1)
    expect(resolved(regions, ['mine'])).toBe(change('  c: 3,\n', ''))
  })

  it('is quick with a line that is written thousands of times', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => (i % 3 ? '  },\n' : `  x${i}: {\n`)).join('')
    const mine = many.replace('x30:', 'mine:')
    const theirs = many.replace('x19980:', 'theirs:')
    expect(whole(merge(many, mine, theirs))).toBe(mine.replace('x19980:', 'theirs:'))
  })

  it('changes no byte of line ends and of a last line without one', () => {
    const crlf = base.replaceAll('\n', '\r\n')
    const mine = crlf.replace('b: 2', 'b: 20')
    expect(whole(merge(crlf, mine, crlf))).toBe(mine)
    const bare = base.trimEnd()
    expect(whole(merge(bare, bare.replace('b: 2', 'b: 20'), bare))).toBe(bare.replace('b: 2', 'b: 20'))
    expect(whole(merge('', 'x', ''))).toBe('x')
  })
})

it('lines keep what ends them', () => {
  for (const text of ['', '\n', 'a', 'a\nb', 'a\r\n\nb\n']) expect(linesOf(text).join('')).toBe(text)
})

describe('compare', () => {
  it('shows each change with a little of what is around it', () => {
    const rows = compare(base, change('c: 3', 'c: 30'), 1)
    expect(rows.map((r) => [r.kind, r.text, r.before, r.after])).toEqual([
      ['gap', '', undefined, undefined],
      ['same', '  b: 2,', 3, 3],
      ['removed', '  c: 3,', 4, undefined],
      ['added', '  c: 30,', undefined, 4],
      ['same', '  d: 4,', 5, 5],
      ['gap', '', undefined, undefined],
    ])
  })

  it('numbers lines behind an insertion by each side', () => {
    const rows = compare(base, change('  b: 2,\n', '  b: 2,\n  x: 0,\n'), 1)
    expect(rows.at(-2)).toEqual({ kind: 'same', text: '  c: 3,', before: 4, after: 5 })
  })

  it('shows what lies between two changes once', () => {
    const rows = compare(base, change('e: 5', 'e: 50', change('b: 2', 'b: 20')), 2)
    expect(rows.filter((r) => r.kind === 'same').map((r) => r.text)).toEqual([
      '{',
      '  a: 1, // one',
      '  c: 3,',
      '  d: 4,',
      '}',
    ])
  })

  it('is empty of equal texts', () => expect(compare(base, base)).toEqual([]))

  it('takes many equal lines in its stride', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => (i % 3 ? '  },\n' : `  x${i}: {\n`)).join('')
    const rows = compare(many, many.replace('x9000:', 'y:'), 0)
    expect(rows.filter((r) => r.kind !== 'gap')).toHaveLength(2)
  })
})
