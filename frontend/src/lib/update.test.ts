import { describe, expect, it } from 'vitest'
import type { Update } from '../api/types'
import { updateHost, updateWords } from './update'

const where = 'https://example.org:8443/who/pilotlight/releases'
const at = '2026-02-03T04:05:06.000Z'

describe('updateWords', () => {
  const cases: [Partial<Update>, string][] = [
    [{}, 'Not checked for a newer version yet'],
    [{ checked_at: at }, 'Which version is the newest is not known'],
    [{ checked_at: at, latest: 'v1.2.0', newer: true }, 'v1.2.0 is published'],
    [{ checked_at: at, latest: 'v1.2.0', newer: false }, 'This is the newest version'],
    [{ checked_at: at, latest: 'v1.2.0' }, 'v1.2.0 is published; this build has no version to compare it with'],
  ]
  it.each(cases)('of %j', (over, want) => expect(updateWords({ where, ...over })).toBe(want))
})

it('names whom a check asks', () => {
  expect(updateHost({ where })).toBe('example.org:8443')
  expect(updateHost({ where: 'nowhere' })).toBe('nowhere')
})
