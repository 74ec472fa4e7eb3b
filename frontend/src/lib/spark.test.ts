import { describe, expect, it } from 'vitest'
import { append, draw, hour, range, tooShort, type Point } from './spark'

const box = { width: 100, height: 10 }
const span = { from: 0, to: 1000, top: 1, gap: 150 }
const points = (...list: [number, number | null][]): Point[] => list.map(([at, value]) => ({ at, value }))

describe('drawing', () => {
  it('scales time to the width and the figure to the height', () => {
    expect(draw(points([0, 0], [100, 1]), span, box).line).toBe('M0 10L10 0')
  })
  it('breaks where nothing was read for long', () => {
    const { line, area } = draw(points([0, 0.5], [100, 0.5], [400, 0.5], [500, 0.5]), span, box)
    expect(line).toBe('M0 5L10 5M40 5L50 5')
    expect(area).toBe('M0 5L10 5V10H0ZM40 5L50 5V10H40Z')
  })
  it('goes on over a figure that is read more seldom', () => {
    expect(draw(points([0, 0.5], [50, null], [100, 0.5]), span, box).line).toBe('M0 5L10 5')
  })
  it('draws a lone point as a dot, and nothing of nothing', () => {
    expect(draw(points([500, 0.5]), span, box)).toEqual({ line: 'M50 5h0.01', area: '' })
    expect(draw(points([500, null]), span, box)).toEqual({ line: '', area: '' })
    expect(draw([], span, box)).toEqual({ line: '', area: '' })
  })
  it('leaves out what is outside of the hour, and keeps a figure over 100 % in the box', () => {
    expect(draw(points([-5, 1], [0, 1.04], [100, -1], [2000, 1]), span, box).line).toBe('M0 0L10 10')
  })
  it('draws nothing against no height', () => {
    expect(draw(points([0, 1]), { ...span, top: 0 }, box).line).toBe('')
  })
})

describe('following', () => {
  it('adds points, and forgets those that are older than an hour', () => {
    const old = points([0, 1], [20_000, 2])
    expect(append(old, { at: hour + 10_000, value: 3 })).toEqual(points([20_000, 2], [hour + 10_000, 3]))
  })
  it('holds points apart while events come fast', () => {
    let list: Point[] = []
    for (let at = 0; at <= 100_000; at += 1000) list = append(list, { at, value: at })
    expect(list.length).toBeLessThanOrEqual(12)
    expect(list.at(-1)).toEqual({ at: 100_000, value: 100_000 })
    expect(list[0]).toEqual({ at: 0, value: 0 })
  })
  it('takes no point from before the last one', () => {
    const list = points([5000, 1])
    expect(append(list, { at: 5000, value: 2 })).toBe(list)
    expect(append(list, { at: 4000, value: 2 })).toBe(list)
  })
})

it('tells the least and the most of what is known', () => {
  expect(range(points([0, 3], [1, null], [2, 1]))).toEqual({ least: 1, most: 3 })
  expect(range(points([0, null]))).toBeUndefined()
})

it('draws nothing of less than two minutes', () => {
  expect(tooShort([])).toBe(true)
  expect(tooShort(points([0, 1], [119_999, 1]))).toBe(true)
  expect(tooShort(points([0, 1], [120_000, 1]))).toBe(false)
})
