import { describe, expect, it } from 'vitest'
import { coldLoads, memoryWords } from './cold'
import { load, plain } from './testing'

describe('how long loads took', () => {
  it('tells the median and the 95th of a hundred, as measured', () => {
    const loads = Array.from({ length: 20 }, (_, i) => load({ duration_seconds: i + 1 }))
    expect(coldLoads(loads)).toEqual({ count: 20, median: 10, p95: 19 })
  })
  it('counts neither what was not timed nor what failed', () => {
    expect(
      coldLoads([load(), load({ event: 'load_failed', duration_seconds: 3 }), load({ duration_seconds: 41 })]),
    ).toEqual({ count: 1, median: 41, p95: 41 })
    expect(coldLoads([load()])).toBeUndefined()
  })
})

describe('what a load took of memory', () => {
  const words = (measured?: number, estimated?: number) =>
    plain(
      memoryWords(
        load({ measured_bytes: measured && measured * 2 ** 30, estimated_bytes: estimated && estimated * 2 ** 30 }),
      ),
    )
  it('is told against what was reckoned', () => {
    expect(words(106, 100)).toBe('took 106 GB of memory, 6 % more than reckoned')
    expect(words(90, 100)).toBe('took 90 GB of memory, 10 % less than reckoned')
    expect(words(100.2, 100)).toBe('took 100 GB of memory, as reckoned')
  })
  it('says only what is known', () => {
    expect(words()).toBe('')
    expect(words(undefined, 100)).toBe('reckoned to take 100 GB')
    expect(words(100)).toBe('took 100 GB of memory')
  })
})
