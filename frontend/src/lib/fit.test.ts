import { describe, expect, it } from 'vitest'
import type { Fit, WhatIf } from '../api/types'
import { figure, floorK, nearest, picture, reason, spoken, stops, takenAt } from './fit'
import { plain } from './testing'

const GiB = 2 ** 30

const fit = (over: Partial<Fit> = {}): Fit => ({
  context_length: 32768,
  weights_bytes: 120 * GiB,
  kv_bytes: 8 * GiB,
  overhead_bytes: 2 * GiB,
  total_bytes: 130 * GiB,
  low_bytes: 129 * GiB,
  high_bytes: 132 * GiB,
  limit_of: 'gpu',
  limit_bytes: 464 * GiB,
  in_use_bytes: 100 * GiB,
  after_bytes: 230 * GiB,
  reserve_bytes: 14 * GiB,
  verdict: 'fits',
  basis: 'the size of its files',
  ...over,
})

const whatIf = (over: Partial<WhatIf> = {}): WhatIf => ({
  server: 's',
  model: 'mm',
  max_context_length: 100_000,
  fit: fit(),
  curve: [
    {
      context_length: 512,
      kv_bytes: 0,
      total_bytes: 122 * GiB,
      high_bytes: 124 * GiB,
      after_bytes: 222 * GiB,
      verdict: 'fits',
    },
    {
      context_length: 50_512,
      kv_bytes: 100 * GiB,
      total_bytes: 222 * GiB,
      high_bytes: 224 * GiB,
      after_bytes: 322 * GiB,
      verdict: 'fits',
    },
    { context_length: 50_513, kv_bytes: 100 * GiB, total_bytes: 222 * GiB, after_bytes: 322 * GiB, verdict: 'tight' },
    { context_length: 100_000, kv_bytes: 200 * GiB, total_bytes: 322 * GiB, after_bytes: 422 * GiB, verdict: 'tight' },
  ],
  fits_up_to: 50_512,
  ...over,
})

describe('the stops of the slider', () => {
  it('are powers of two and their halves from 4k to the most', () => {
    expect(stops(40_960)).toEqual([4096, 6144, 8192, 12288, 16384, 24576, 32768, 40960])
  })
  it('have the longest that fits among them, in whole 1024', () => {
    expect(stops(131_072, 106_700)).toContain(106_496)
    expect(stops(131_072, 106_700)).not.toContain(106_700)
    expect(stops(131_072, 131_072).at(-1)).toBe(131_072)
    expect(stops(131_072, 700)).toEqual(stops(131_072))
  })
  it('begin lower for a model that has less', () => {
    expect(stops(2048)).toEqual([2048])
    expect(stops(3000)).toEqual([2048, 3000])
    expect(stops(300)).toEqual([300])
  })
  it('rise, without doubles', () => {
    for (const most of [1, 512, 4095, 4096, 4097, 131072, 196608, 1_048_576]) {
      const list = stops(most, 98_304)
      expect(list).toEqual([...new Set(list)].sort((a, b) => a - b))
      expect(list.at(-1)).toBe(most)
    }
  })
  it('are found by how many times longer, not by tokens', () => {
    expect(nearest([4096, 8192, 65536], 20_000)).toBe(1)
    expect(nearest([4096, 8192, 65536], 0)).toBe(0)
    expect(nearest([4096, 8192, 65536], 9e9)).toBe(2)
  })
  it('are cut down to what surely fits', () => {
    expect(floorK(50_512)).toBe(50_176)
    expect(floorK(700)).toBe(700)
  })
})

describe('what a load takes at a context', () => {
  it('grows evenly between two points', () => {
    const taken = takenAt(whatIf(), 25_512)
    expect(taken?.total).toBe(172 * GiB)
    expect(taken?.kv).toBe(50 * GiB)
    expect(taken?.after).toBe(272 * GiB)
    expect(taken?.high).toBe(174 * GiB)
    expect(taken?.weights).toBe(120 * GiB)
  })
  it('has the verdict of the point before', () => {
    expect(takenAt(whatIf(), 50_512)?.verdict).toBe('fits')
    expect(takenAt(whatIf(), 50_513)?.verdict).toBe('tight')
    expect(takenAt(whatIf(), 99_999)?.verdict).toBe('tight')
    expect(takenAt(whatIf(), 25_000)?.verdict).toBe('fits')
  })
  it('leaves out what one of its neighbours does not know', () => {
    expect(takenAt(whatIf(), 75_000)?.high).toBeUndefined()
  })
  it('stays within the ends of the curve', () => {
    expect(takenAt(whatIf(), 1)?.total).toBe(122 * GiB)
    expect(takenAt(whatIf(), 1_000_000)?.total).toBe(322 * GiB)
    expect(takenAt(whatIf(), 1_000_000)?.verdict).toBe('tight')
  })
  it("is the server's own choice where none is asked", () => {
    expect(takenAt(whatIf(), undefined)?.context).toBe(32768)
  })
  it('is not known without a curve, except where it was asked', () => {
    const what = whatIf({ curve: undefined })
    expect(takenAt(what, 65536)).toBeUndefined()
    expect(takenAt(what, 32768)?.total).toBe(130 * GiB)
  })
})

describe('words', () => {
  const words = (over: Partial<Fit>) => {
    const f = fit(over)
    const taken = takenAt(whatIf({ fit: f, curve: undefined }), undefined)
    return taken ? plain(reason(f, taken)) : ''
  }
  it('say what stays free', () => {
    expect(words({})).toBe('234 of 464 GB that the GPU may use stay free.')
    expect(words({ limit_of: 'ram' })).toBe('234 of 464 GB of RAM stay free.')
  })
  it('say by how much it is too big', () => {
    expect(words({ after_bytes: 500 * GiB, verdict: 'too_big' })).toBe(
      'It goes 36 GB over the 464 GB that the GPU may use.',
    )
    expect(words({ verdict: 'too_big' })).toBe('The server refuses to load it.')
  })
  it('say why it is tight', () => {
    expect(words({ after_bytes: 460 * GiB, verdict: 'tight' })).toBe(
      'Only 4 of 464 GB that the GPU may use stay free; 14 GB should.',
    )
    expect(words({ after_bytes: 470 * GiB, verdict: 'tight', spill_bytes: 6 * GiB })).toBe(
      'About 6 GB of it would run from RAM instead of the GPU, slowly.',
    )
    expect(
      words({ after_bytes: 470 * GiB, verdict: 'tight', evictable_bytes: 20 * GiB, evictable: ['qwen'] }),
    ).toContain('it fits once qwen is unloaded')
  })
  it('say what is not known, and no figure for it', () => {
    expect(words({ limit_bytes: undefined, verdict: 'unknown' })).toBe('How much memory there is for it is not known.')
    expect(words({ limit_bytes: undefined })).toBe('The server itself says so.')
    expect(words({ after_bytes: undefined })).toBe(
      'How much is in use of the 464 GB that the GPU may use is not known.',
    )
  })
  it('give a range where there is one', () => {
    const of = (low: number | undefined, total: number, high: number | undefined) =>
      plain(figure({ low: low && low * GiB, total: total * GiB, high: high && high * GiB, verdict: 'fits' }))
    expect(of(130, 171, 180)).toBe('171 GB (130 to 180 GB)')
    expect(of(24.1, 24.4, 25.2)).toBe('24 to 25 GB')
    expect(of(24, 24.1, 24.2)).toBe('24 GB')
    expect(of(120, 120, undefined)).toBe('120 GB or more')
    expect(of(undefined, 120, undefined)).toBe('120 GB')
    expect(of(0.5, 0.9, 1.5)).toBe('922 MB (512 MB to 1.5 GB)')
  })
  it('tell a screen reader where the slider stands', () => {
    expect(plain(spoken(65536, undefined))).toBe('65,536 tokens')
    expect(plain(spoken(50_512, takenAt(whatIf(), 50_512)))).toBe('50,512 tokens: fits, takes 222 GB')
  })
})

describe('the picture', () => {
  const drawn = (what: WhatIf, context?: number) => {
    const taken = takenAt(what, context)
    return taken && picture(what, taken)
  }
  it('has the same width for every context, so that only the load moves', () => {
    const [a, b] = [drawn(whatIf(), 512), drawn(whatIf(), 100_000)]
    expect(a?.limit).toBe(b?.limit)
    expect(a?.others).toBe(b?.others)
    expect(b?.kv).toBeGreaterThan(a?.kv ?? 1)
  })
  it('spreads a learned correction over the parts', () => {
    const p = drawn(whatIf({ fit: fit({ total_bytes: 260 * GiB, after_bytes: 360 * GiB }), curve: undefined }))
    const whole = 464 * 1.04
    expect((p?.weights ?? 0) + (p?.kv ?? 0) + (p?.overhead ?? 0)).toBeCloseTo(260 / whole)
    expect(p?.weights).toBeCloseTo(240 / whole)
  })
  it('cuts off what is far beyond the limit', () => {
    const p = drawn(
      whatIf({
        fit: fit({ total_bytes: 4000 * GiB, high_bytes: 4100 * GiB, after_bytes: 4100 * GiB }),
        curve: undefined,
      }),
    )
    expect(p?.limit).toBeCloseTo(1 / 1.5)
    expect(p?.high).toBe(1)
  })
  it('is not drawn without a limit', () => {
    expect(drawn(whatIf({ fit: fit({ limit_bytes: undefined }) }))).toBeUndefined()
    expect(drawn(whatIf({ fit: fit({ after_bytes: undefined }) }))).toBeUndefined()
  })
})
