import { describe, expect, it } from 'vitest'
import type { Fit, Status, WhatIf } from '../api/types'
import { at, hop, instance, keep, model, openclaw, plain, server, status } from './testing'
import { findings, offer, terms } from './welcome'

const off = (over: Partial<Status> = {}) => status({ keep: keep({ state: 'off', server: '', model: '' }), ...over })
const primary = hop({ ref: 'lmstudio/mm', local: true, server: 's', key: 'mm', context_window: 131072 })
const opus = hop({ ref: 'anthropic/claude-opus-4-6', state: 'hosted' })
const told = (s: Status) => findings(s).map((f) => `${f.title}: ${f.text}`)

describe('findings', () => {
  it('says what was found, and where', () => {
    const s = off({
      servers: [server({ version: '0.4.25', models: [model(), model({ key: 'b' })] })],
      openclaw: openclaw({ version: '2026.9.6', chain: [primary, opus, { ...opus, ref: 'openai/gpt-5' }] }),
    })
    expect(told(s)).toEqual([
      'LM Studio 0.4.25: at 127.0.0.1:1234 · 2 models',
      'OpenClaw 2026.9.6: Asks MiniMax M2.1 first, then Claude Opus 4.6 and GPT 5',
      "OpenClaw's gateway: It runs.",
    ])
    expect(findings(s).every((f) => f.tone === 'ok' && !f.hint)).toBe(true)
  })

  it('says what to do where nothing was found', () => {
    const s = off({
      servers: [server({ state: 'down', error: { code: 'app_off', message: '', hint: '' } })],
      openclaw: openclaw({ found: false }),
    })
    const [lmstudio, claw, ...more] = findings(s)
    expect(lmstudio?.text).toBe('It is not running.')
    expect(lmstudio?.hint).toMatch(/Start LM Studio.*127\.0\.0\.1:1234/)
    expect(claw?.text).toMatch(/not found/)
    expect(claw?.hint).toMatch(/by itself/)
    expect(more).toEqual([])
    expect(findings(off({ servers: [] }))[0]?.hint).toMatch(/--lmstudio/)
  })

  it('does not call missing what it has not looked for yet', () => {
    const s = off({ servers: [server({ state: 'unknown', checked_at: undefined, models: [] })] })
    expect(told(s)).toEqual(['LM Studio: Looking for LM Studio…', 'OpenClaw: Looking for it…'])
    expect(findings(s).map((f) => f.tone)).toEqual(['quiet', 'quiet'])
    expect(findings({ ...s, servers: [server({ state: 'unknown', checked_at: at(1) })] })[0]?.hint).toBeTruthy()
  })

  it('tells of a server without models, a gateway that is down, a config that cannot be used', () => {
    const s = off({ servers: [server({ models: [] })], openclaw: openclaw({ gateway: 'down' }) })
    expect(told(s)).toEqual([
      'LM Studio: at 127.0.0.1:1234 · no model is downloaded yet',
      'OpenClaw: Its config names no model.',
      "OpenClaw's gateway: It does not run.",
    ])
    const broken = findings(off({ openclaw: openclaw({ config_valid: false, gateway: 'unknown' }) }))
    expect(broken[1]?.hint).toContain('openclaw.json')
    expect(broken[2]?.tone).toBe('quiet')
  })
})

describe('offer', () => {
  const claw = (...chain: (typeof primary)[]) => off({ openclaw: openclaw({ chain }) })

  it("is OpenClaw's primary, with the context that it counts on", () => {
    expect(offer(claw(primary, opus))).toMatchObject({
      model: { key: 'mm' },
      counted: 131072,
      why: "OpenClaw's primary",
    })
  })

  it('counts on no more than the model can have, and on nothing where nothing is said', () => {
    const small = off({
      servers: [server({ models: [model({ max_context_length: 32768 })] })],
      openclaw: openclaw({ chain: [primary] }),
    })
    expect(offer(small)?.counted).toBe(32768)
    expect(offer(claw({ ...primary, context_window: undefined }))?.counted).toBeUndefined()
  })

  it('is the first model of the chain that is here, where the primary is not', () => {
    expect(offer(claw(opus, primary))?.why).toMatch(/first of OpenClaw/)
    expect(offer(claw(opus, { ...primary, key: 'gone' }))).toBeUndefined()
  })

  it('is what is in memory where OpenClaw has no say', () => {
    expect(offer(off())).toBeUndefined()
    const loaded = off({ servers: [server({ models: [model({ key: 'a' }), model({ instances: [instance()] })] })] })
    expect(offer(loaded)).toMatchObject({ model: { key: 'mm' }, why: 'It is in memory now' })
  })

  it('is nothing that its server cannot be told to load', () => {
    const vllm = off({ servers: [server({ kind: 'openai' })], openclaw: openclaw({ chain: [primary] }) })
    expect(offer(vllm)).toBeUndefined()
  })
})

describe('terms', () => {
  const GB = 1e9
  const fit = (over: Partial<Fit> = {}): Fit =>
    ({
      context_length: 131072,
      total_bytes: 171 * GB,
      after_bytes: 386 * GB,
      limit_bytes: 512 * GB,
      limit_of: 'ram',
      verdict: 'fits',
      basis: '',
      ...over,
    }) as Fit
  const what = (over: Partial<WhatIf> = {}): WhatIf => ({ server: 's', model: 'mm', fit: fit(), ...over }) as WhatIf
  const best = { server: server(), model: model(), counted: 131072, why: "OpenClaw's primary" }
  const of = (w: WhatIf | undefined, o = best) => {
    const t = terms(o, w)
    return { ...t, text: plain(`${t.basis} ${t.verdict}`) }
  }

  it('says that it fits, with what stays free', () => {
    expect(of(what())).toMatchObject({ context: 131072, tone: 'ok' })
    expect(of(what()).text).toMatch(
      /^OpenClaw's primary, with 131k context as its config counts on\. Fits\. \d+ of \d+ GB of RAM stay free\.$/,
    )
  })

  it('takes the longest that fits where what is counted on does not', () => {
    const tooBig = what({ fit: fit({ verdict: 'too_big', after_bytes: 600 * GB }), fits_up_to: 66000 })
    expect(of(tooBig)).toMatchObject({ context: 65536, tone: 'warn' })
    expect(of(tooBig).text).toMatch(/the longest that fits.*OpenClaw counts on 131k/)
    // Nothing useful fits: it is said, and left to the person.
    expect(of(what({ fit: fit({ verdict: 'too_big', after_bytes: 600 * GB }), fits_up_to: 1024 }))).toMatchObject({
      context: 131072,
      tone: 'bad',
    })
  })

  it('does not claim to know before it does', () => {
    expect(of(undefined)).toMatchObject({ context: 131072, tone: 'quiet' })
    expect(of(what({ fit: undefined })).text).toMatch(/not known/)
  })

  it('has nothing to load where it is in memory with enough', () => {
    const there = { ...best, model: model({ instances: [instance({ context_length: 131072 })] }) }
    expect(of(undefined, there).text).toMatch(/In memory now/)
    const short = { ...best, model: model({ instances: [instance({ context_length: 4096 })] }) }
    expect(of(what(), short).text).not.toMatch(/In memory/)
  })
})
