import { expect, test } from 'vitest'
import { foldAt, folded } from './config-fold'

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i)

test('a short list is whole', () => {
  expect(folded(numbers(3), false, () => false)).toEqual([0, 1, 2])
})

test('a long one shows what matters, in its order', () => {
  expect(folded(numbers(100), true, (n) => n % 40 === 7)).toEqual([7, 47, 87])
})

test('and no more of that than a short one would have', () => {
  expect(folded(numbers(100), true, () => true)).toEqual(numbers(foldAt))
})
