import { describe, expect, it } from 'vitest'
import { dropPlace, moved, placeWords } from './config-order'

describe('moved', () => {
  it.each([
    [0, 2, ['b', 'c', 'a']],
    [2, 0, ['c', 'a', 'b']],
    [1, 9, ['a', 'c', 'b']],
    [1, -4, ['b', 'a', 'c']],
  ])('takes %d to %d', (from, to, want) => expect(moved(['a', 'b', 'c'], from, to)).toEqual(want))

  it('gives back the very list where nothing moves', () => {
    const list = ['a', 'b']
    for (const [from, to] of [
      [0, -1],
      [1, 5],
      [7, 0],
      [-1, 0],
    ] as const)
      expect(moved(list, from, to)).toBe(list)
  })
})

describe('dropPlace', () => {
  const middles = [20, 60, 100]
  it.each([
    [0, 10, 0],
    [0, 59, 0],
    [0, 61, 1],
    [0, 500, 2],
    [2, 19, 0],
    [2, 30, 1],
    [1, 60, 1],
  ])('of row %d at %d is %d', (from, y, want) => expect(dropPlace(middles, from, y)).toBe(want))
})

it('says where an entry is', () => expect(placeWords('Opus', 0, 3)).toBe('Opus is fallback 1 of 3 now'))
