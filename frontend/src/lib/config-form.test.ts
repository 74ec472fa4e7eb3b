import { describe, expect, it } from 'vitest'
import type { ConfigProvider } from '../api/types'
import { keyWords, knownFirst, providerChange, providerWrong, readTokens } from './config-form'

const provider = (over: Partial<ConfigProvider> = {}): ConfigProvider => ({
  id: 'box',
  path: 'models.providers.box',
  has_key: true,
  key_kind: 'env',
  key_name: 'OLD',
  models: [],
  ...over,
})

it('adds a model that only the server has before it is used', () => {
  const add = { provider: 'lmstudio', id: 'q', name: 'Q', context: 65536 }
  expect(knownFirst({ value: 'lmstudio/q', name: 'Q', facts: [], add }, { primary: 'lmstudio/q' })).toEqual([
    { add_model: { provider: 'lmstudio', id: 'q', name: 'Q', context_window: 65536, max_tokens: 8192 } },
    { primary: 'lmstudio/q' },
  ])
  const small = { ...add, context: 4096 }
  expect(knownFirst({ value: 'x', name: 'Q', facts: [], add: small }, { primary: 'x' })[0]).toEqual({
    add_model: { provider: 'lmstudio', id: 'q', name: 'Q', context_window: 4096 },
  })
  expect(knownFirst({ value: 'a/b', name: 'b', facts: [] }, { primary: 'a/b' })).toEqual([{ primary: 'a/b' }])
})

it.each([
  ['131072', 131072],
  ['131,072', 131072],
  ['128k', 131072],
  [' 8K ', 8192],
  ['', undefined],
  ['0', undefined],
  ['-5', undefined],
  ['1.5', undefined],
  ['lots', undefined],
  ['1000000000', undefined],
])('reads %j as %s tokens', (text, want) => expect(readTokens(text)).toBe(want))

describe('a provider', () => {
  it('that is new gets its key by the name of a variable', () =>
    expect(
      providerChange(undefined, { id: ' box ', url: 'http://b/v1', api: 'openai-completions', env: 'KEY' }),
    ).toEqual({
      wishes: [{ provider: { id: 'box', base_url: 'http://b/v1', api: 'openai-completions', key_env: 'KEY' } }],
    }))

  it('keeps its key unless another is named', () => {
    const wanted = { id: 'box', url: 'http://b/v1', api: '', env: 'OLD' }
    expect(providerChange(provider(), wanted)).toEqual({
      wishes: [{ provider: { id: 'box', base_url: 'http://b/v1' } }],
    })
    expect(providerChange(provider(), { ...wanted, env: '' }).edits).toBeUndefined()
    expect(providerChange(provider(), { ...wanted, env: 'NEW' }).edits).toEqual([
      { path: 'models.providers.box.apiKey', value: '${NEW}' },
    ])
  })

  it('refuses a bad name, a bad address, and a key', () => {
    const good = { id: 'box', url: 'http://10.0.0.8:8000/v1', env: '' }
    expect(providerWrong(good, [])).toEqual({})
    expect(providerWrong(good, ['BOX'])).toHaveProperty('id')
    expect(providerWrong({ ...good, id: 'a/b' }, [])).toHaveProperty('id')
    expect(providerWrong({ ...good, url: '10.0.0.8:8000' }, [])).toHaveProperty('url')
    expect(providerWrong({ ...good, env: 'sk-123' }, [])).toHaveProperty('env')
  })

  it('says how its key is given', () => {
    expect(keyWords(provider({ key_kind: 'text' }))).toContain('never comes here')
    expect(keyWords(provider({ key_kind: 'none' }))).toBe('none in the config')
  })
})
