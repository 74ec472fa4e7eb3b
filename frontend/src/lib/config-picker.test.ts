import { describe, expect, it } from 'vitest'
import type { ConfigForm } from '../api/types'
import { chosenEntry, entryLine, pickerGroups, refOf } from './config-picker'
import { instance, model, plain, server, status } from './testing'

const form = (over: Partial<ConfigForm> = {}): ConfigForm => ({
  primary: 'lmstudio/mm',
  fallbacks: ['anthropic/claude-opus-4-6'],
  models: [{ ref: 'anthropic/claude-opus-4-6', alias: 'Opus' }],
  models_mode: 'merge',
  allow: [],
  agents: [],
  providers: [
    {
      id: 'lmstudio',
      path: 'models.providers.lmstudio',
      has_key: false,
      key_kind: 'none',
      server: 's',
      models: [{ id: 'mm', path: 'models.providers.lmstudio.models[0]', context_window: 131072 }],
    },
  ],
  ...over,
})

const lines = (f: ConfigForm, s = status()) =>
  pickerGroups(f, s).map((g) => [g.label, g.entries.map((e) => [e.value, plain(entryLine(e))])] as const)

describe('pickerGroups', () => {
  it('offers a hundred of thousands, what is in memory among them, and says nothing of what is not told', () => {
    const models = Array.from({ length: 2000 }, (_, i) => model({ key: `m${i}`, name: `M${i}` }))
    models[1999] = model({ key: 'm1999', name: 'M1999', instances: [instance({ id: 'm1999' })] })
    const entries = pickerGroups(form(), status({ servers: [server({ models })] }))[1]?.entries ?? []
    expect(entries).toHaveLength(101)
    expect(entries.map((e) => e.value)).toContain('lmstudio/m1999')
    const proxy = server({ kind: 'openai', engine: 'litellm', models: [model({ key: 'x', name: 'X' })] })
    const told = pickerGroups(form(), status({ servers: [proxy] })).flatMap((g) => g.entries.flatMap((e) => e.facts))
    expect(told).not.toContain('not loaded')
  })

  it('shows what is loaded, how large it is, and what the config says', () => {
    const s = status({
      servers: [
        server({
          models: [
            model({
              size_bytes: 128.6e9,
              max_context_length: 196608,
              instances: [instance({ context_length: 65536 })],
            }),
            model({ key: 'qwen', name: 'Qwen', size_bytes: 18.6e9, max_context_length: 262144 }),
            model({ key: 'embed', name: 'Embed', type: 'embedding' }),
          ],
        }),
      ],
    })
    expect(lines(form(), s)).toEqual([
      ['By alias', [['Opus', 'Opus · anthropic/claude-opus-4-6']]],
      [
        'LM Studio',
        [
          ['lmstudio/mm', 'MiniMax M2.1 · loaded with 65k · 129 GB · 131k in the config'],
          ['lmstudio/qwen', 'Qwen · not loaded · 19 GB · up to 262k · not in the config yet'],
        ],
      ],
      ['Anthropic', [['anthropic/claude-opus-4-6', 'Claude Opus 4.6']]],
    ])
    expect(chosenEntry(pickerGroups(form(), s), 'lmstudio/qwen')?.add).toEqual({
      provider: 'lmstudio',
      id: 'qwen',
      name: 'Qwen',
      context: 262144,
    })
  })

  it('says when the server does not have a model, and claims nothing while it is off', () => {
    const missing = form({ primary: 'lmstudio/gone' })
    missing.providers[0]!.models = [{ id: 'gone', path: '' }]
    const up = lines(missing).flatMap(([, e]) => e)
    expect(up).toContainEqual(['lmstudio/gone', 'Gone · not on the server'])
    const off = lines(missing, status({ servers: [server({ state: 'down', models: [] })] })).flatMap(([, e]) => e)
    expect(off).toContainEqual(['lmstudio/gone', 'Gone'])
  })

  it('puts models of one provider under one heading', () => {
    const two = form({
      fallbacks: ['lmstudio/other'],
      providers: [{ ...form().providers[0]!, server: undefined }],
    })
    expect(lines(two, status({ servers: [] })).map(([label]) => label)).toEqual(['By alias', 'LM Studio', 'Anthropic'])
  })

  it('knows an instance by its own id, and a variant by its model', () => {
    const s = status({
      servers: [server({ models: [model({ key: 'x', instances: [instance({ id: 'mm' })] })] })],
    })
    expect(chosenEntry(pickerGroups(form(), s), 'lmstudio/mm')?.facts[0]).toBe('loaded')
    const variant = form()
    variant.providers[0]!.models = [{ id: 'mm@q4', path: '' }]
    expect(chosenEntry(pickerGroups(variant, status()), 'lmstudio/mm@q4')?.name).toBe('MiniMax M2.1')
  })
})

it('finds the ref behind an alias', () => {
  expect(refOf(form(), 'opus')).toBe('anthropic/claude-opus-4-6')
  expect(refOf(form(), 'lmstudio/mm')).toBe('lmstudio/mm')
  expect(refOf(form(), 'nobody')).toBe('nobody')
})
