import { describe, expect, it } from 'vitest'
import openapi from '../api/openapi.json'
import type { Pattern, Remedy } from '../api/types'
import { patternAct, patternLink, remedyLabel } from './pattern'
import { fallback, holding, instance, keep, status } from './testing'

const pattern = (remedy?: Partial<Remedy>, over: Partial<Pattern> = {}): Pattern => ({
  code: 'repeated_failure',
  level: 'warn',
  text: 'x',
  ...(remedy ? { remedy: { text: 'y', ...remedy } } : {}),
  ...over,
})
const two = holding([instance(), instance({ id: 'mm:2' })])

describe('what a pattern can do', () => {
  it('has nothing to press without an action', () => {
    expect(patternAct(pattern(), status(), [])).toBeUndefined()
    expect(patternAct(pattern({}), status(), [])).toBeUndefined()
  })
  it('goes by the actions that need no fallback', () => {
    const at = { server: 's', model: 'mm' }
    expect(patternAct(pattern({ action: 'load', ...at }), two, [])).toMatchObject({ kind: 'load', ...at })
    expect(patternAct(pattern({ action: 'keep_context', context_length: 9, ...at }), two, [])).toMatchObject({
      kind: 'keep',
      context: 9,
    })
    expect(patternAct(pattern({ action: 'unload_extra', ...at }), two, [])).toMatchObject({
      kind: 'unload',
      instance: { id: 'mm:2' },
    })
    expect(patternAct(pattern({ action: 'unload_extra', ...at }), status(), [])).toBeUndefined()
    const small = holding([instance({ context_length: 4096 }), instance({ id: 'mm:2', context_length: 131072 })])
    expect(patternAct(pattern({ action: 'unload_extra', ...at }), small, [])).toMatchObject({
      instance: { id: 'mm' },
    })
    const kept = { ...small, keep: keep({ instance_id: 'mm' }) }
    expect(patternAct(pattern({ action: 'unload_extra', ...at }), kept, [])).toMatchObject({
      instance: { id: 'mm:2' },
    })
    expect(patternAct(pattern({ action: 'check', ...at }), two, [])).toEqual({
      kind: 'check',
      server: 's',
      instance: 'mm',
    })
  })
  it('takes the fix of a fallback with the very same remedy, and of no other', () => {
    const f = fallback({ id: 7 })
    f.cause.remedy = { text: 'y', action: 'raise_timeout', seconds: 60 }
    expect(patternAct(pattern({ action: 'raise_timeout', seconds: 60 }), status(), [f])).toEqual({
      kind: 'fix',
      id: 7,
    })
    expect(patternAct(pattern({ action: 'raise_timeout', seconds: 90 }), status(), [f])).toBeUndefined()
    expect(patternAct(pattern({ action: 'start_server' }), status(), [f])).toBeUndefined()
  })
  it('has a label for every action', () => {
    for (const action of openapi.components.schemas.Remedy.properties.action.enum)
      expect(remedyLabel({ text: '', action: action as Remedy['action'] })).toMatch(/^[A-Z][^_]+$/)
    expect(remedyLabel({ text: '', action: 'load', label: 'Set 60 s' })).toBe('Set 60 s')
  })
  it('leads to what it speaks of', () => {
    const link = (over: Partial<Pattern>) => patternLink(pattern(undefined, over))?.href
    expect(link({ code: 'stuck_on_fallback', session: 'agent:main:main' })).toBe(
      '#/fallbacks?session=agent%3Amain%3Amain',
    )
    expect(link({ code: 'cold_timeout' })).toBe('#/fallbacks?cause=timeout_cold')
    expect(link({ code: 'load_storm' })).toBe('#/models?at=history')
    expect(link({ code: 'time_lost' })).toBeUndefined()
  })
})
