import { describe, expect, it } from 'vitest'
import openapi from '../api/openapi.json'
import type { Attempt, Cause, Evidence, Fallback } from '../api/types'
import {
  agentName,
  because,
  causeName,
  decisionWords,
  evidenceKind,
  lateWords,
  outcomeName,
  sessionName,
  sourceName,
  sureWhy,
  sureWords,
  topWords,
  what,
  whatText,
} from './fallback'
import { at, fallback, hop, openclaw, plain, status, summary } from './testing'

const schemas = openapi.components.schemas
const opus = status({
  openclaw: openclaw({ chain: [hop({ ref: 'anthropic/claude-opus-4-6', alias: 'Opus' })] }),
})
const count = (key: string, n: number) => ({ key, count: n, lost_seconds: 0, last_at: at(0) })

describe('words of a fallback', () => {
  it('has words for every code that the API knows, and never the code itself', () => {
    const words = [
      ...schemas.Cause.properties.code.enum.map((c) => causeName(c)),
      ...schemas.Cause.properties.confidence.enum.flatMap((c) => [
        sureWords(c as Cause['confidence']),
        sureWhy(c as Cause['confidence']),
      ]),
      ...schemas.Fallback.properties.outcome.enum.map((o) => outcomeName(o as Fallback['outcome'])),
      ...schemas.Fallback.properties.source.enum.map((s) => sourceName(s as Fallback['source'])),
      ...schemas.Evidence.properties.kind.enum.map((k) => evidenceKind(k as Evidence['kind'])),
      ...schemas.Attempt.properties.decision.enum.map((d) => decisionWords(d as Attempt['decision']).text),
    ]
    for (const w of words) expect(w).toMatch(/^[^_]{3,}$/)
    expect(new Set(words).size).toBe(words.length)
  })
  it('reads a code of a newer agent', () => {
    expect(causeName('disk_full')).toBe('Disk full')
    expect(outcomeName('gave_up' as Fallback['outcome'])).toBe('Gave up')
  })

  it('says what happened, with the exact references', () => {
    expect(whatText(fallback(), opus)).toBe('Opus answered instead of MiniMax M2.1')
    expect(what(fallback(), opus).filter((p) => p.ref)).toEqual([
      { text: 'Opus', ref: 'anthropic/claude-opus-4-6' },
      { text: 'MiniMax M2.1', ref: 'lmstudio/minimax-m2.1' },
    ])
    expect(whatText(fallback({ answered: null }), null)).toBe('Another model answered instead of MiniMax M2.1')
    expect(whatText(fallback({ outcome: 'exhausted', answered: null }), null)).toBe('Nobody answered')
    expect(whatText(fallback({ outcome: 'stopped', answered: null }), null)).toBe('The run was cut off')
    expect(whatText(fallback({ outcome: 'error_as_reply', answered: null }), null)).toBe(
      'The error was sent as the answer',
    )
  })

  it('says how late, and nothing where nobody knows', () => {
    expect(lateWords(fallback())).toBe(', 74 seconds late')
    expect(lateWords(fallback({ outcome: 'exhausted', lost_seconds: 31 }))).toBe(', 31 seconds lost')
    expect(lateWords(fallback({ outcome: 'stopped', lost_seconds: 212 }))).toBe(' after 4 minutes')
    expect(lateWords(fallback({ lost_seconds: undefined }))).toBe('')
  })

  it('gives the reason after "because"', () => {
    const { cause } = fallback()
    expect(because(cause)).toBe("because LM Studio's server was off from 10:31 to 10:44")
    expect(because({ ...cause, summary: 'it was off.' })).toBe('because it was off')
    const unknown = 'OpenClaw does not say why MiniMax M2.1 failed'
    expect(because({ ...cause, code: 'unknown', summary: unknown })).toBe(unknown)
    expect(because({ ...cause, summary: '' })).toBe('nothing seen explains why')
  })

  it('names sessions and agents shortly', () => {
    expect(sessionName(fallback({ session_key: 'agent:main:main' }))).toBe('main')
    expect(sessionName(fallback({ session_key: 'agent:work:whatsapp:group:7' }))).toBe('whatsapp group 7')
    expect(sessionName(fallback({ session_id: '1a3481d7-aaaa-bbbb' }))).toBe('1a3481d7')
    expect(sessionName(fallback())).toBeUndefined()
    expect(agentName(fallback({ session_key: 'agent:work:main' }))).toBe('work')
    expect(agentName(fallback({ agent_id: 'main' }))).toBeUndefined()
  })
})

describe('the sentence on top', () => {
  const top = (...args: Parameters<typeof topWords>) => plain(topWords(...args))
  it('counts today, and names the model when it was one', () => {
    const some = summary({ count: 3, lost_seconds: 250, answered: [count('anthropic/claude-opus-4-6', 3)] })
    expect(top(some, some, opus)).toBe('Your agent used Opus 3 times today, 4 min lost')
    const two = summary({ count: 2, answered: [count('a/x', 1), count('b/y', 1)] })
    expect(top(two, two, opus)).toBe('Your agent used another model twice today')
  })
  it('never says that another model answered when none did', () => {
    const mixed = summary({ count: 3, answered: [count('anthropic/claude-opus-4-6', 2)] })
    expect(top(mixed, mixed, opus)).toBe('Your agent used Opus twice today and got no answer once')
    const dead = summary({ count: 1, lost_seconds: 31 })
    expect(top(dead, dead, opus)).toBe('Your agent got no answer once today, 31 s lost')
  })
  it('is content when there was none', () => {
    expect(top(summary(), summary({ count: 9 }), null)).toBe('No fallback today')
    expect(top(summary(), summary(), null)).toBe('No fallback in the last 26 weeks')
  })
})
