import { describe, expect, it } from 'vitest'
import { dotted, dots, marksOf, withTyped } from './config-secrets'

const old = '__PILOTLIGHT_SECRET_0123456789abcdef__'
const fresh = '__PILOTLIGHT_SECRET_fedcba9876543210__'

describe('secrets', () => {
  it('are dots for the eye', () => {
    expect(dotted(`{ apiKey: '${old}', token: "${fresh}" }`)).toBe(`{ apiKey: '${dots}', token: "${dots}" }`)
    expect(dotted('__PILOTLIGHT_SECRET_short__')).toBe('__PILOTLIGHT_SECRET_short__')
  })

  it('that were just typed outlive an answer that hides them', () => {
    const typed = `{ a: { apiKey: '${old}' }, b: { apiKey: 'sk-new' }, mode: 'x' }`
    const masked = typed.replace('sk-new', fresh)
    const result = masked.replace("mode: 'x'", "mode: 'merge'")
    expect(withTyped(result, typed, masked, new Set([old]))).toBe(typed.replace("mode: 'x'", "mode: 'merge'"))
  })

  it('leave a text alone where none was typed', () => {
    const text = `{ apiKey: '${old}' }`
    expect(withTyped(text, text, text, marksOf(text))).toBe(text)
  })

  it('are not guessed where the texts do not fit', () => {
    expect(withTyped(`{ k: '${fresh}' }`, '{ other }', `{ k: '${fresh}' }`, new Set())).toBe(`{ k: '${fresh}' }`)
  })
})
