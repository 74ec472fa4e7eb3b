import { describe, expect, it } from 'vitest'
import type { Keep } from '../api/types'
import { headline, mend, progress } from './headline'
import { at, holding, instance, keep, line, now, plain, server, status } from './testing'

const off = keep({ state: 'off', server: '', model: '' })

describe('headline', () => {
  it('is warm, with context, age and use, each exact on hover', () => {
    const got = headline(
      holding([instance({ context_length: 131072, last_used_at: at(130), busy: false })], {
        keep: keep({ instance_id: 'mm' }),
      }),
      now,
    )
    expect(got).toMatchObject({ flame: 'lit', tone: 'ok', title: 'MiniMax M2.1 is warm' })
    expect(line(got.sub)).toBe('131k context · loaded 3 h ago · idle 2 min')
    expect(plain(got.sub[0]?.title ?? '')).toBe('131,072 tokens')
    expect(got.sub[2]?.title).toBe('Last used Mon 23 Nov 2026, 10:39:57')
  })

  it('says of a model that only requests keep warm no more than is known', () => {
    const kept = (over: Partial<Keep>) =>
      headline(status({ keep: keep({ ask: true, instance_id: undefined, ...over }) }), now)
    const got = kept({ next_attempt_at: at(-180) })
    expect(got).toMatchObject({ flame: 'lit', title: 'MiniMax M2.1 answers' })
    expect(line(got.sub)).toBe('Kept warm by a request of one token now and then · the next in 3 min')
    expect(kept({ state: 'loading' }).title).toBe('MiniMax M2.1 is asked for the first time…')
    expect(kept({ state: 'waiting' }).title).toBe('MiniMax M2.1 does not answer')
  })

  it('says so while it answers, and says nothing of a use nobody knows', () => {
    expect(line(headline(holding([instance({ busy: true, last_used_at: at(3) })]), now).sub)).toBe(
      'loaded 3 h ago · answering now',
    )
    expect(line(headline(holding([instance()]), now).sub)).toBe('loaded 3 h ago')
  })

  it('tells of a smaller context than was wanted', () => {
    const got = headline(holding([instance({ context_length: 4096 })], { keep: keep({ context_length: 131072 }) }), now)
    expect(line(got.sub)).toContain('4k context · 131k wanted')
  })

  it('counts the seconds of a load apart from the sentence', () => {
    const got = headline(
      status({ keep: keep({ state: 'loading', loading_since: at(41), context_length: 65536 }) }),
      now,
    )
    expect(got).toMatchObject({ flame: 'half', title: 'MiniMax M2.1 is loading…' })
    expect(plain(got.elapsed ?? '')).toBe('41 s')
    expect(line(got.sub)).toBe('65k context · began 10:41')
  })

  it('says when a load takes longer than it used to', () => {
    const got = headline(
      status({ keep: keep({ state: 'loading', loading_since: at(90), expected_seconds: 41.3 }) }),
      now,
    )
    expect(line(got.sub)).toContain('longer than the usual 41 s')
  })

  it('says of a load how far it is, where the server tells, and how long it usually takes', () => {
    const loading = { state: 'loading', loading_since: at(20), context_length: 65536, expected_seconds: 41.3 } as const
    const sub = (over: Partial<Keep>) => line(headline(status({ keep: keep({ ...loading, ...over }) }), now).sub)
    expect(sub({})).toBe('65k context · usually 41 s')
    expect(sub({ progress: 0.637 })).toBe('64 % · 65k context · usually 41 s')
  })

  it('waits, with the reason and the next try', () => {
    const got = headline(
      status({
        keep: keep({
          state: 'waiting',
          next_attempt_at: at(-38),
          reason: { code: 'load_failed', message: 'the engine died.' },
        }),
      }),
      now,
    )
    expect(got).toMatchObject({ flame: 'half', title: 'Waiting to load MiniMax M2.1' })
    expect(line(got.sub)).toBe('The engine died · next try in 38 s')
  })

  it.each([
    ['server_off', "LM Studio's server is off", 'it is back'],
    ['down', 'LM Studio does not answer', 'it is back'],
    ['needs_token', 'LM Studio wants an API token', 'Pilotlight has one'],
  ] as const)('speaks of a server that is %s, for that is what a person can mend', (state, title, then) => {
    for (const held of ['waiting', 'blocked'] as const) {
      const got = headline(
        status({ servers: [server({ state, state_since: at(780) })], keep: keep({ state: held }) }),
        now,
      )
      expect(got).toMatchObject({ flame: 'mark', tone: 'bad', title })
      expect(line(got.sub)).toBe(`Since 10:29 · MiniMax M2.1 will be loaded as soon as ${then}`)
    }
  })

  it.each([
    ['guardrail', 'Blocked: not enough memory'],
    ['model_missing', 'Blocked: MiniMax M2.1 is not downloaded'],
    ['model_crashed', 'Blocked: MiniMax M2.1 keeps crashing'],
    ['load_failed', 'Blocked: MiniMax M2.1 could not be loaded'],
    ['needs_token', 'Blocked: the server wants an API token'],
    ['internal', 'Blocked: MiniMax M2.1 cannot be kept loaded'],
  ] as const)('is blocked by %s', (code, title) => {
    const got = headline(
      status({ keep: keep({ state: 'blocked', reason: { code, message: 'it wants 14 GB more' } }) }),
      now,
    )
    expect(got).toMatchObject({ flame: 'mark', title })
    expect(line(got.sub)).toBe('It wants 14 GB more')
  })

  it('is paused until a time, or until it is resumed', () => {
    const until = headline(holding([instance()], { keep: keep({ state: 'paused', paused_until: at(-3300) }) }), now)
    expect(until).toMatchObject({ flame: 'outline', title: 'Paused until 11:37' })
    expect(line(until.sub)).toBe('MiniMax M2.1 is still in memory, but nothing keeps it there · 55 min left')
    expect(headline(status({ keep: keep({ state: 'paused' }) }), now).title).toBe('Paused until you resume')
  })

  it('keeps nothing, and tells what is in memory all the same', () => {
    expect(headline(status({ keep: off }), now)).toMatchObject({
      flame: 'outline',
      title: 'Nothing is kept loaded',
      sub: [{ text: 'No model is in memory' }],
    })
    const loaded = headline(holding([instance({ expires_at: at(-47 * 60) })], { keep: off }), now)
    expect(line(loaded.sub)).toBe('MiniMax M2.1 is in memory · unloads in 47 min if nobody uses it')
  })

  it('speaks of the server when nothing is kept and none answers', () => {
    const down = headline(status({ keep: off, servers: [server({ state: 'down', state_since: at(60) })] }), now)
    expect(down).toMatchObject({ flame: 'outline', title: 'LM Studio does not answer' })
    expect(line(down.sub)).toBe('Since 10:41 · nothing is kept loaded')
    const young = headline(status({ keep: off, servers: [server({ state: 'unknown', checked_at: null })] }), now)
    expect(young.title).toBe('Looking for LM Studio…')
  })

  it('falls back to the end of a key for a model that is not listed', () => {
    const got = headline(status({ servers: [server({ models: [] })], keep: keep({ model: 'org/gone-7b' }) }), now)
    expect(got.title).toBe('gone-7b is warm')
  })
})

describe('progress', () => {
  it('takes the figure of the server', () => expect(progress(keep({ progress: 0.637 }), now).value).toBe(0.637))
  it('holds the time against earlier loads, and never reads as done', () => {
    const half = progress(keep({ loading_since: at(20), expected_seconds: 40 }), now)
    expect(half.value).toBe(0.5)
    expect(plain(half.text)).toBe('20 s of about 40 s')
    expect(progress(keep({ loading_since: at(200), expected_seconds: 40 }), now).value).toBe(0.95)
  })
  it('has no value to draw when nothing allows one', () => {
    const none = progress(keep({ loading_since: at(20) }), now)
    expect(none.value).toBeUndefined()
    expect(plain(none.text)).toBe('20 s')
  })
})

describe('mend', () => {
  const held = (state: Keep['state'], code: string, hint = 'Do it.') =>
    mend(status({ keep: keep({ state, reason: { code, message: 'no', hint } }) }))

  it('offers to keep always what somebody unloaded', () => {
    expect(held('paused', 'ejected')).toEqual({ text: 'Do it.', action: 'always' })
    expect(held('paused', 'unloaded_by_you')).toEqual({ text: 'Do it.' })
  })
  it('offers another try where the keep is blocked, but not while the server is off', () => {
    expect(held('blocked', 'memory')).toEqual({ text: 'Do it.', action: 'retry' })
    const silent = mend(status({ servers: [server({ state: 'server_off' })], keep: keep({ state: 'blocked' }) }))
    expect(silent?.text).toContain('`lms server start`')
    expect(silent?.action).toBeUndefined()
  })
  it('offers to replace what is too small, and what a request loaded', () => {
    expect(held('waiting', 'context_too_small')?.action).toBe('replace')
    expect(held('blocked', 'confirm_replace')?.action).toBe('replace')
    const jit = mend(holding([instance({ ttl_seconds: 3600 })]))
    expect(plain(jit?.text ?? '')).toContain('unloaded after 1 h without use')
    expect(jit?.action).toBe('replace')
  })
  it('has nothing to say of a keep that is well', () => {
    expect(mend(status())).toBeUndefined()
    expect(mend(status({ keep: off }))).toBeUndefined()
  })
  it('does not repeat a path of the API to a person', () => {
    expect(held('waiting', 'invalid', 'Look at GET /api/status to see what stands in the way.')).toBeUndefined()
  })
})
