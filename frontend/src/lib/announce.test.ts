import { describe, expect, it } from 'vitest'
import type { Status } from '../api/types'
import { hear, news } from './announce'
import type { Link } from './live.svelte'
import { fallback, holding, instance, keep, now, server, status } from './testing'

const look = (s: Status, link: Link = 'live') => {
  const heard = hear(s, link, now)
  if (!heard) throw new Error('nothing was heard')
  return heard
}
/** What is told when one state follows another. */
const told = (a: Status, b: Status, from: Link = 'live', to: Link = 'live') => news(look(a, from), look(b, to), b)

const warm = holding([instance()])

describe('news', () => {
  it('is nothing when the page comes, whatever is the case then', () => {
    const s = { ...warm, last_fallback: fallback(), servers: [server({ state: 'down' })] }
    expect(news(undefined, look(s), s)).toEqual([])
    expect(hear(null, 'connecting', now)).toBeUndefined()
  })

  it('is nothing while nothing changes', () => {
    const s = { ...warm, last_fallback: fallback() }
    expect(told(s, { ...s })).toEqual([])
  })

  it('tells a new fallback once, with its cause', () => {
    const fell = { ...warm, last_fallback: fallback({ id: 8 }) }
    expect(told({ ...warm, last_fallback: fallback({ id: 7 }) }, fell)).toEqual([
      "New fallback: Claude Opus 4.6 answered instead of MiniMax M2.1, because LM Studio's server was off from 10:31 to 10:44.",
    ])
    const explained = fallback({ id: 8, cause: { ...fallback().cause, code: 'app_off', summary: 'it was off' } })
    expect(told(fell, { ...warm, last_fallback: explained })).toEqual([])
  })

  it('gives no cause where none is known', () => {
    const cause = { code: 'unknown', summary: '', confidence: 'unknown', evidence: [] } as const
    const fell = { ...warm, last_fallback: fallback({ outcome: 'exhausted', cause: { ...cause, evidence: [] } }) }
    expect(told(warm, fell)).toEqual(['New fallback: Nobody answered.'])
  })

  it('tells of no fallback that is older than the last, as when the newest was forgotten', () => {
    expect(
      told({ ...warm, last_fallback: fallback({ id: 8 }) }, { ...warm, last_fallback: fallback({ id: 7 }) }),
    ).toEqual([])
  })

  it('tells a lost server once, though the sentence at the top says it too', () => {
    const off = status({
      servers: [server({ state: 'server_off' })],
      keep: keep({ state: 'waiting' }),
    })
    expect(told(warm, off)).toEqual(["LM Studio's server is off."])
    expect(told(off, warm)).toEqual(['LM Studio answers again.', 'MiniMax M2.1 is warm.'])
  })

  it('does not call lost what was never there or not looked at yet', () => {
    const of = (state: 'up' | 'down' | 'unknown') =>
      status({ servers: [server({ id: 'other', name: 'vLLM', kind: 'openai', state }), ...warm.servers] })
    expect(told(warm, of('down'))).toEqual([])
    expect(told(of('unknown'), of('down'))).toEqual([])
    expect(told(of('unknown'), of('up'))).toEqual([])
    expect(told(of('up'), of('unknown'))).toEqual([])
    expect(told(of('up'), of('down'))).toEqual(['vLLM does not answer.'])
    expect(told(of('down'), of('up'))).toEqual(['vLLM answers again.'])
  })

  it('tells how the keep stands when that changes', () => {
    const loading = status({ keep: keep({ state: 'loading' }) })
    expect(told(warm, loading)).toEqual(['MiniMax M2.1 is loading…'])
    expect(told(loading, warm)).toEqual(['MiniMax M2.1 is warm.'])
    expect(told(warm, status({ keep: keep({ state: 'paused' }) }))).toEqual(['Paused until you resume.'])
  })

  it('tells when Pilotlight is lost and comes back, and what happened meanwhile', () => {
    expect(told(warm, warm, 'live', 'lost')).toEqual(['Pilotlight does not answer.'])
    expect(told(warm, warm, 'lost', 'lost')).toEqual([])
    expect(told(warm, warm, 'live', 'signed-out')).toEqual(['You are signed out.'])
    expect(told(warm, status({ keep: keep({ state: 'paused' }) }), 'lost', 'live')).toEqual([
      'Pilotlight answers again.',
      'Paused until you resume.',
    ])
  })

  it('says nothing of a page that rested and opened its connection again', () => {
    expect(told(warm, warm, 'live', 'connecting')).toEqual([])
    expect(told(warm, warm, 'connecting', 'live')).toEqual([])
  })
})
