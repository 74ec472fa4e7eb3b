import { describe, expect, it } from 'vitest'
import openapi from '../api/openapi.json'
import type { Hop } from '../api/types'
import { hopParts, hopShort, hopWords, snags } from './openclaw'
import { at, holding, hop, instance, line, now, openclaw, status } from './testing'

const states = openapi.components.schemas.Hop.properties.state.enum as Hop['state'][]

describe('a hop', () => {
  it('has words and a reason for every state', () => {
    for (const state of states) {
      const words = hopWords(hop({ state }))
      expect(words.text).toMatch(/^[^_]{3,}$/)
      expect(words.title.length).toBeGreaterThan(10)
    }
    expect(hopWords(hop({ state: 'new_state' as Hop['state'] })).tone).toBe('quiet')
  })

  const warm = holding([instance({ context_length: 131072, last_used_at: at(120), busy: false })])
  const local = hop({ server: 's', key: 'mm', context_window: 196608, state: 'warm' })

  it('tells its server, its context and its last use', () => {
    expect(line(hopParts(local, warm, now))).toBe('LM Studio · 131k context · idle 2 min')
    expect(line(hopParts(hop({ ref: 'anthropic/claude-opus-4-6' }), warm, now))).toBe('Anthropic')
    expect(line(hopParts({ ...local, key: 'gone' }, warm, now))).toBe('LM Studio · 196k context')
  })
  it('warns when OpenClaw counts on more than is loaded', () => {
    expect(hopShort(local, warm)).toBe('OpenClaw counts on 196k')
    expect(hopShort({ ...local, context_window: 131072 }, warm)).toBeUndefined()
    expect(hopShort(local, status())).toBeUndefined()
  })
})

describe('snags', () => {
  it('has none when all is well, or while nothing is known', () => {
    expect(snags(undefined)).toEqual([])
    expect(snags(openclaw())).toEqual([])
    expect(snags(openclaw({ gateway: 'unknown' }))).toEqual([])
  })
  it('says one quiet thing of an OpenClaw that is not there', () => {
    const none = openclaw({ found: false, config_valid: false, log_readable: false, gateway: 'down' })
    expect(snags(none)).toMatchObject([{ tone: 'quiet' }])
  })
  it('names the file and each issue of a config that is wrong', () => {
    const issues = [{ path: 'agents.defaults', message: 'is not an object' }]
    const [snag] = snags(openclaw({ config_valid: false, issues }))
    expect(snag).toMatchObject({ tone: 'warn', list: issues })
    expect(snag?.hint).toContain('openclaw.json')
  })
  it('tells a log that is not there from one that cannot be read', () => {
    const [none] = snags(openclaw({ log_readable: false, log_path: '/tmp/openclaw/x.log' }))
    expect(none).toMatchObject({ tone: 'quiet', hint: 'Pilotlight looks for it at `/tmp/openclaw/x.log`.' })
    const log_error = { code: 'denied', message: 'Permission denied.', hint: 'Run: chmod' }
    const [denied] = snags(openclaw({ log_readable: false, log_error }))
    expect(denied).toMatchObject({
      tone: 'warn',
      text: 'New fallbacks cannot be seen: Permission denied.',
      hint: 'Run: chmod',
    })
  })
})
