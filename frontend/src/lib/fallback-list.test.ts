import { describe, expect, it } from 'vitest'
import { merge, put } from './fallback-list'
import { at, fallback } from './testing'

const f = (id: number, ago: number) => fallback({ id, at: at(ago) })
const ids = (items: { id: number }[]) => items.map((x) => x.id)
const list = [f(5, 10), f(4, 20), f(2, 40)]

describe('a fallback that was told of', () => {
  it('comes on top when it is the newest', () => expect(ids(put(list, f(6, 1), true, false))).toEqual([6, 5, 4, 2]))
  it('comes into its place when it was found out late', () =>
    expect(ids(put(list, f(7, 30), true, false))).toEqual([5, 4, 7, 2]))
  it('of two at the same moment the later one stands first', () =>
    expect(ids(put(list, f(7, 20), true, false))).toEqual([5, 7, 4, 2]))
  it('stays out when it is older than what was read, until all was read', () => {
    expect(put(list, f(1, 99), true, false)).toBe(list)
    expect(ids(put(list, f(1, 99), true, true))).toEqual([5, 4, 2, 1])
  })
  it('takes the place of what was known of it', () => {
    const more = fallback({ id: 4, at: at(20), reason: 'other' })
    const got = put(list, more, true, false)
    expect(ids(got)).toEqual([5, 4, 2])
    expect(got[1]).toBe(more)
    expect(ids(put(list, f(2, 41), true, false))).toEqual([5, 4, 2])
  })
  it('goes when it does not fit any more, and is no matter when it never did', () => {
    expect(ids(put(list, f(4, 20), false, false))).toEqual([5, 2])
    expect(put(list, f(9, 1), false, false)).toBe(list)
  })
  it('fills an empty list', () => expect(ids(put([], f(1, 1), true, true))).toEqual([1]))
})

describe('a first page read again', () => {
  it('keeps what was read on before', () => {
    const got = merge(list, [f(7, 1), f(5, 10)])
    expect(ids(got.items)).toEqual([7, 5, 4, 2])
    expect(got.whole).toBe(true)
  })
  it('stands alone where something may be missing between', () => {
    const got = merge(list, [f(9, 1), f(8, 2)])
    expect(ids(got.items)).toEqual([9, 8])
    expect(got.whole).toBe(false)
  })
  it('keeps what an event told meanwhile', () => {
    const got = merge([f(9, 1), ...list], [f(5, 10), f(4, 20), f(2, 40)])
    expect(ids(got.items)).toEqual([9, 5, 4, 2])
    expect(got.whole).toBe(false)
  })
  it('forgets what is gone', () => {
    expect(ids(merge(list, [f(5, 10), f(2, 40)]).items)).toEqual([5, 2])
    expect(merge(list, []).items).toEqual([])
  })
})
