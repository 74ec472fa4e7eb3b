import { describe, expect, it } from 'vitest'
import { at, now, plain, status } from './testing'
import { usual } from './timeline-range'
import type { Use } from './timeline-uses'
import {
  changeWords,
  duringWords,
  failureWords,
  fallbackWords,
  lasted,
  pressureName,
  spanState,
  spanWords,
  useWords,
  valueWords,
} from './timeline-words'
import { percent, ram } from './format'

const hour = 3_600_000

describe('a span', () => {
  const words = (from: number, to: number) =>
    plain(spanWords({ from: now - from * hour, to: now - to * hour }, undefined, now))
  it('is a range while it follows the clock', () =>
    expect(spanWords({ from: 0, to: 1 }, usual, now)).toBe('The last 24 hours'))
  it('names its day once', () => {
    expect(words(2, 1)).toBe('Today 08:42 to 09:42')
    expect(words(26, 25)).toBe('Yesterday 08:42 to 09:42')
    expect(words(24, 0)).toBe('Yesterday 10:42 to today 10:42')
    expect(words(24 * 9, 24 * 9 - 2)).toBe('14 Nov 10:42 to 12:42')
  })
  it('leaves the hours out where they tell nothing', () => expect(words(24 * 20, 24 * 10)).toBe('3 Nov to 13 Nov'))
})

it('tells what a value swung between, where it did', () => {
  expect(plain(valueWords({ min: 2 ** 31, mean: 2 ** 32, max: 2 ** 33 }, ram))).toBe('4 GB (2 to 8 GB)')
  expect(plain(valueWords({ min: 2 ** 20, mean: 2 ** 30, max: 2 ** 31 }, ram))).toBe('1 GB (1 MB to 2 GB)')
  expect(plain(valueWords({ min: 0.04, mean: 0.06, max: 0.09 }, percent))).toBe('6 % (4 to 9 %)')
  expect(plain(valueWords({ min: 2 ** 32, mean: 2 ** 32, max: 2 ** 32 + 9 }, ram))).toBe('4 GB')
})

it('names pressure, and what a model was', () => {
  expect([0, 1, 2, 7, 0.4].map(pressureName)).toEqual(['normal', 'warning', 'critical', 'critical', 'normal'])
  const s = { from: null, to: null, count: 1 }
  expect(spanState({ ...s, state: 'loaded', context_length: 131072 })).toBe('in memory, 131k context')
  expect(spanState({ ...s, state: 'loading', count: 3 })).toBe('loading, 3 times')
  expect(spanState({ ...s, state: 'loaded' }, 'in use')).toBe('in memory, in use')
})

it('says what a model did', () => {
  const use = (over: Partial<Use>) =>
    plain(useWords({ from: now - 840_000, to: now, state: 'idle', count: 1, share: 1, ...over }, now))
  expect(use({})).toBe('idle for 14 min')
  expect(use({ state: 'in_use' })).toBe('in use for 14 min')
  expect(use({ state: 'in_use', from: now })).toBe('in use')
  expect(use({ state: 'in_use', count: 12, share: 0.5 })).toBe('used 12 times, 7 min of 14 min')
  const did = (doing: Parameters<typeof duringWords>[0]['doing'], seconds = 90) =>
    plain(duringWords({ doing, seconds }))
  expect([did('in_use'), did('in_use', 0), did('idle'), did('unknown')]).toEqual([
    'in use 90 s',
    'in use for a moment',
    'idle',
    'in memory',
  ])
})

it('says how a server stood', () => {
  const c = { id: 1, at: at(9), server: 's' }
  expect(changeWords({ ...c, state: 'server_off' }, 'LM Studio').text).toBe("LM Studio's server was off")
  expect(changeWords({ ...c, state: 'down', code: 'app_off' }, 'LM Studio').text).toBe('LM Studio was not running')
  expect(changeWords({ ...c, state: 'down' }, 'GPU box').text).toBe('GPU box did not answer')
  expect(plain(lasted(now - 60_000, undefined, now))).toBe('for 60 s so far')
  expect(plain(lasted(now - 780_000, now, now))).toBe('for 13 min')
})

it('says what a mark was, alone and with others', () => {
  const one = {
    at: at(9),
    count: 1,
    id: 3,
    requested: 'lmstudio/minimax-m2.1',
    answered: 'anthropic/claude-opus-4-6',
    outcome: 'fell_back',
    cause: 'server_off',
    lost_seconds: 74,
  } as const
  expect(plain(fallbackWords(one, status()).title)).toBe('Claude Opus 4.6 answered instead of MiniMax M2.1')
  expect(plain(fallbackWords(one, status()).why)).toBe('The server was switched off, 74 s lost')
  expect(plain(fallbackWords({ at: at(9), count: 12, lost_seconds: 600 }, status()).title)).toBe(
    '12 fallbacks, 10 min lost',
  )
  expect(fallbackWords({ ...one, outcome: 'exhausted', answered: undefined }, status()).title).toBe(
    'Nobody answered: MiniMax M2.1 was asked',
  )
  const failure = { at: at(9), load_id: 1, cause: 'user', count: 2 }
  expect(failureWords(failure, 'MiniMax').title).toBe('MiniMax could not be loaded 2 times')
  expect(failureWords(failure, 'MiniMax').why).toContain('asked for by hand')
})
