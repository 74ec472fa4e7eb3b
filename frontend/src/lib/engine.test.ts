import { describe, expect, it } from 'vitest'
import openapi from '../api/openapi.json'
import type { Engine, Server, Tells } from '../api/types'
import {
  canLoad,
  canReckon,
  canUnload,
  engineName,
  engineOf,
  latency,
  serverParts,
  serverState,
  tellsLoaded,
  tellsNote,
} from './engine'
import { heldHere } from './memory'
import { headline } from './headline'
import { serverLabel } from './lookup'
import { hopParts, hopWords } from './openclaw'
import { hop, instance, keep, line, model, now, plain, server, status } from './testing'
import { serverRemedy } from './words'

const schemas = openapi.components.schemas
const engines = schemas.Server.properties.engine.enum as Engine[]
const states = schemas.Server.properties.state.enum as Server['state'][]
const warmBy = schemas.Tells.properties.warm_by.enum as Tells['warm_by'][]

const tells = (over: Partial<Tells> = {}): Tells => ({
  loaded: false,
  context: false,
  busy: false,
  expiry: false,
  load: false,
  unload: false,
  warm_by: 'request',
  ...over,
})
const other = (over: Partial<Server> = {}) =>
  server({ id: 'o', kind: 'openai', api: 'openai', name: 'vLLM', engine: 'vllm', url: 'http://10.0.0.8:8000', ...over })

describe('engines', () => {
  it.each(engines)('has a name for %s', (e) => expect(engineName(e)).not.toBe(''))
  it('calls those that have one by their proper name', () => {
    expect(['lmstudio', 'vllm', 'litellm', 'llamacpp', 'ollama'].map((e) => engineName(e as Engine))).toEqual([
      'LM Studio',
      'vLLM',
      'LiteLLM',
      'llama.cpp',
      'Ollama',
    ])
    expect(engineName('newone' as Engine)).toBe('Newone')
  })

  it('goes by the kind before an older agent', () => {
    expect(engineOf(server())).toBe('lmstudio')
    const old = server({ kind: 'openai' })
    expect(engineOf(old)).toBeUndefined()
    expect([canLoad(server()), canUnload(server()), tellsLoaded(server()), canReckon(server())]).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect([canLoad(old), canUnload(old), tellsLoaded(old), canReckon(old)]).toEqual([false, false, false, false])
    expect(tellsNote(server())).toBeUndefined()
    expect(tellsNote(old)).toContain('by itself')
  })

  it('offers only what the server can do', () => {
    const ollama = other({ engine: 'ollama', tells: tells({ load: true, unload: true, loaded: true }) })
    expect([canLoad(ollama), canUnload(ollama), canReckon(ollama)]).toEqual([true, true, false])
    expect(canLoad(server({ tells: tells() }))).toBe(false)
  })

  it.each(warmBy)('says of %s no more than is known', (warm_by) => {
    expect(tellsNote(other({ tells: tells({ warm_by, note: 'Its own words.' }) }))).toBe('Its own words.')
    const own = tellsNote(other({ tells: tells({ warm_by }) }))
    expect(own === undefined || own.endsWith('.')).toBe(true)
  })
})

describe('how a server stands', () => {
  it.each(states)('has words for %s, hosted or not', (state) => {
    expect(serverState(other({ state })).text).not.toBe('')
    expect(serverState(other({ state, engine: 'hosted' })).text).not.toBe('')
  })
  it('says of a hosted one only whether it can be reached', () => {
    expect(serverState(other({ engine: 'hosted' }))).toEqual({ tone: 'ok', text: 'reachable' })
    expect(serverState(other({ engine: 'hosted', state: 'down' })).text).toBe('not reachable')
    expect(serverState(other({ engine: 'hosted', state: 'unknown', checked_at: null })).text).toBe('not looked at yet')
  })

  it('says what it is, where, how far and for whom', () => {
    const s = other({
      name: 'box',
      host: 'gpu-box',
      version: '0.11.2',
      region: 'EU',
      latency_seconds: 0.0042,
      providers: ['a', 'b'],
    })
    expect(line(serverParts(s, 'box'))).toBe(
      "vLLM · version 0.11.2 · on gpu-box · answers from EU · 4 ms · a, b in OpenClaw's config",
    )
    expect(line(serverParts(other({ host: 'gpu-box' }), 'vLLM on gpu-box'))).toBe('')
    expect(line(serverParts(other({ state: 'down', latency_seconds: 3 }), 'vLLM'))).toBe('')
  })

  it.each([
    [0.0004, 'under 1 ms'],
    [0.012, '12 ms'],
    [0.9994, '999 ms'],
    [0.9996, '1 s'],
    [1.24, '1.2 s'],
  ])('%s s is %s', (s, text) => expect(plain(latency(s))).toBe(text))

  it('tells two of one name apart', () => {
    const [a, b] = [other({ id: 'a' }), other({ id: 'b', host: 'gpu-box' })]
    expect(serverLabel(a, [a, b])).toBe('vLLM on this machine')
    expect(serverLabel(b, [a, b])).toBe('vLLM on gpu-box')
    expect(serverLabel(b, [b, server()])).toBe('vLLM')
  })

  it('knows what to do about each kind', () => {
    expect(serverRemedy(other({ state: 'needs_token' }))).toContain('key')
    expect(serverRemedy(other({ state: 'down', engine: 'hosted' }))).toContain('internet')
    expect(serverRemedy(other({ state: 'down' }))).toContain('http://10.0.0.8:8000')
  })
})

describe('with several servers', () => {
  const hosted = other({ id: 'h', name: 'OpenRouter', engine: 'hosted', latency_seconds: 0.12, region: 'EU' })

  it('the sentence does not mind a hosted one', () => {
    const off = keep({ state: 'off', server: '', model: '' })
    const got = headline(status({ keep: off, servers: [server({ state: 'down' }), hosted] }), now)
    expect(got.title).toBe('LM Studio does not answer')
  })

  it('a hop says whether its provider can be reached, how far, and where', () => {
    const st = status({ servers: [server(), hosted] })
    const h = hop({ ref: 'openrouter/x', state: 'hosted', server: 'h', context_window: 200000 })
    expect(hopWords(h, hosted)).toMatchObject({ tone: 'ok', text: 'reachable' })
    expect(line(hopParts(h, st, now))).toBe('OpenRouter · 120 ms · EU · 200k context')
    expect(hopWords(h, { ...hosted, state: 'unknown' }).text).toBe('hosted')
    expect(hopWords(h).text).toBe('hosted')
  })

  it('a hop on another machine says on which', () => {
    const box = other({ host: 'gpu-box' })
    const st = status({ servers: [server(), box] })
    expect(line(hopParts(hop({ server: 'o', key: 'mm', state: 'warm' }), st, now))).toBe('vLLM on gpu-box')
  })

  it("another machine's models, and what passes requests on, are not in this machine's memory", () => {
    const here = server({ models: [model({ instances: [instance()] })] })
    const there = server({ id: 't', host: 'studio-2', models: [model({ instances: [instance()] })] })
    const proxy = other({ id: 'p', url: 'http://127.0.0.1:4000', state: 'needs_token', tells: tells() })
    expect(heldHere(status({ servers: [here, there, proxy] }))?.map((h) => h.server.id)).toEqual(['s'])
  })
})
