import { describe, expect, it } from 'vitest'
import openapi from '../api/openapi.json'
import type { Load, Server } from '../api/types'
import { canLoad } from './engine'
import { stayWords, copiesWords } from './instance'
import { coarseness, extraCopies, inMemory, keepable, matches, modelName, serverLabel } from './lookup'
import { parse } from './places'
import { at, holding, instance, keep, load, model, now, plain, server, status } from './testing'
import { presets, readContext } from './want'
import { loadWords, sentence, serverRemedy, serverShort, serverWords, usableHint } from './words'

const schemas = openapi.components.schemas
const causes = schemas.Load.properties.cause.enum as Load['cause'][]
const events = schemas.Load.properties.event.enum as Load['event'][]
const states = schemas.Server.properties.state.enum as Server['state'][]

describe('words', () => {
  it('has words for every event with every cause that the API knows, and never the code itself', () => {
    for (const event of events)
      for (const cause of causes) {
        const { text } = loadWords(load({ event, cause }))
        expect(text.length).toBeGreaterThan(10)
        expect(text).not.toMatch(/_|undefined/)
      }
  })

  it('says what happened', () => {
    expect(loadWords(load({ event: 'unloaded', cause: 'ttl' }))).toEqual({
      tone: 'quiet',
      text: 'Unloaded: idle too long (TTL)',
    })
    expect(loadWords(load({ event: 'unloaded', cause: 'external' })).text).toBe(
      'Somebody unloaded it outside Pilotlight',
    )
    expect(loadWords(load({ event: 'load_failed', cause: 'keep_warm' })).tone).toBe('bad')
  })

  it('has words and a remedy for every state of a server', () => {
    for (const kind of ['lmstudio', 'openai'] as const)
      for (const state of states) {
        const s = server({ kind, state })
        expect(serverWords(s, 'X').text).toContain('X')
        expect(serverShort(s)).not.toMatch(/_/)
        if (state !== 'up') expect(serverRemedy(s).length).toBeGreaterThan(10)
      }
  })

  it('tells an app that does not run from an address that does not answer', () => {
    const off = server({ state: 'down', error: { code: 'app_off', message: 'LM Studio is not running' } })
    expect(serverWords(off, 'LM Studio').text).toBe('LM Studio is not running')
    expect(serverWords(server({ state: 'down' }), 'LM Studio').text).toBe('LM Studio does not answer')
  })

  it('mends a message into a sentence and drops hints for programs', () => {
    expect(sentence('it is off')).toBe('It is off.')
    expect(sentence('Really?')).toBe('Really?')
    expect(usableHint('GET /api/models lists every model.')).toBeUndefined()
    expect(usableHint('Wait until it is done, or send force to go ahead anyway.')).toBeUndefined()
    expect(usableHint('Start LM Studio.')).toBe('Start LM Studio.')
  })
})

describe('lookup', () => {
  const two = holding([instance(), instance({ id: 'mm:2', seen_loaded_at: at(60) })], {
    keep: keep({ instance_id: 'mm' }),
  })

  it('puts the kept instance first and finds the copy that nobody needs', () => {
    expect(inMemory(two).map((x) => x.instance.id)).toEqual(['mm', 'mm:2'])
    const s = two.servers[0] as Server
    expect(extraCopies(two, s, s.models[0]!).map((i) => i.id)).toEqual(['mm:2'])
    const kept2 = { ...two, keep: keep({ instance_id: 'mm:2' }) }
    expect(extraCopies(kept2, s, s.models[0]!).map((i) => i.id)).toEqual(['mm'])
  })

  it('offers only what a server can be told to load', () => {
    const plainServer = server({ id: 'o', kind: 'openai' })
    expect(canLoad(plainServer)).toBe(false)
    const got = keepable(
      status({
        servers: [
          plainServer,
          server({
            models: [
              model({ key: 'b', name: 'B' }),
              model({ key: 'a', name: 'A' }),
              model({ key: 'e', type: 'embedding' }),
              model({ key: 'z', name: 'Z', instances: [instance()] }),
            ],
          }),
        ],
      }),
    )
    expect(got.map((x) => x.model.key)).toEqual(['z', 'a', 'b'])
  })

  it('warns of quantizations from the bits, and not without them', () => {
    expect([undefined, 2.1, 3, 3.99, 4].map((bits) => coarseness(model({ bits_per_weight: bits })))).toEqual([
      'unknown',
      'very coarse',
      'coarse',
      'coarse',
      'fine',
    ])
  })

  it('names models and servers', () => {
    expect(modelName(null, 's', 'org/sub/name-7b')).toBe('name-7b')
    expect(serverLabel(server({ name: 'studio' }), [server()])).toBe('LM Studio')
    const pair = [server({ name: 'studio' }), server({ id: 't', name: 'box' })]
    expect(serverLabel(pair[1]!, pair)).toBe('box')
  })

  it('finds by every word', () => {
    expect(matches(model({ quantization: 'Q4_K_M' }), 'mini q4')).toBe(true)
    expect(matches(model(), 'mini q4')).toBe(false)
    expect(matches(model(), '  ')).toBe(true)
  })
})

describe('instances', () => {
  it('tells when one leaves memory, and nothing when nobody knows', () => {
    expect(plain(stayWords(instance({ expires_at: at(-50), ttl_seconds: 3600 }), now)?.text ?? '')).toBe('in 50 s')
    expect(plain(stayWords(instance({ ttl_seconds: 3600 }), now)?.text ?? '')).toBe('after 1 h idle')
    expect(stayWords(instance({ explicit: true }), now)?.text).toBe('stays')
    expect(stayWords(instance({ explicit: false }), now)).toBeUndefined()
    expect(stayWords(instance(), now, server({ engine: 'vllm' }))?.text).toBe('stays')
    expect(stayWords(instance(), now, server({ engine: 'llamacpp' }))).toBeUndefined()
  })
  it('tells what copies cost', () => {
    expect(plain(copiesWords(model({ size_bytes: 128e9 }), 1))).toBe(
      'MiniMax M2.1 is loaded twice. The copy costs about 119 GB of memory.',
    )
    expect(plain(copiesWords(model({ size_bytes: 128e9 }), 2))).toBe(
      'MiniMax M2.1 is loaded 3 times. The copies cost about 238 GB of memory.',
    )
    expect(copiesWords(model(), 1)).toBe('MiniMax M2.1 is loaded twice. The copy takes the same memory again.')
  })
})

describe('context field', () => {
  it.each([
    ['', undefined],
    ['32768', 32768],
    [' 196608 ', 196608],
  ])('reads %j as %s', (text, value) => expect(readContext(text, 196608)).toEqual({ ok: true, value }))
  it.each(['0', '-4', '1.5', 'lots', '1e9', '262144'])('refuses %j', (text) =>
    expect(readContext(text, 196608).ok).toBe(false),
  )
  it('offers the usual lengths up to the most', () => {
    expect(presets(196608)).toEqual([8192, 16384, 32768, 65536, 131072, 196608])
    expect(presets(2048)).toEqual([2048])
    expect(presets(undefined)).toEqual([8192, 16384, 32768, 65536, 131072])
  })
})

describe('places', () => {
  it('reads a hash, and leads to Now from anywhere else', () => {
    expect(parse('').place).toBe('now')
    expect(parse('#/').place).toBe('now')
    expect(parse('#/models').place).toBe('models')
    expect(parse('#/models?at=history').query.get('at')).toBe('history')
    expect(parse('')).not.toHaveProperty('nowhere')
    expect(parse('#/nowhere')).toMatchObject({ place: 'now', nowhere: true })
    expect(parse('#/nowhere/12')).not.toHaveProperty('item')
  })
  it('reads what of a place is open', () => {
    const route = parse('#/fallbacks/12?cause=server_off')
    expect(route).toMatchObject({ place: 'fallbacks', item: '12' })
    expect(route.query.get('cause')).toBe('server_off')
    expect(parse('#/fallbacks/')).not.toHaveProperty('item')
  })
})
