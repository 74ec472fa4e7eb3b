import { describe, expect, it } from 'vitest'
import { pairNames, providerName, readable, refName } from './refs'
import { hop, model, openclaw, server, status } from './testing'

describe('names of references', () => {
  it.each([
    ['anthropic/claude-opus-4-6', 'Claude Opus 4.6'],
    ['anthropic/claude-sonnet-4-5-20250929', 'Claude Sonnet 4.5'],
    ['openai/gpt-4o-2024-08-06', 'GPT 4o'],
    ['openai/gpt-5.2-codex', 'GPT 5.2 Codex'],
    ['lmstudio/minimax-m2.1', 'MiniMax M2.1'],
    ['lmstudio/qwen/qwen3-coder-30b', 'Qwen3 Coder 30B'],
    ['openrouter/openai/gpt-oss-120b:free', 'GPT OSS 120B:free'],
    ['plain', 'Plain'],
    ['', ''],
    ['odd/---', 'odd/---'],
  ])('%s reads %s', (ref, want) => expect(readable(ref)).toBe(want))

  const known = status({
    servers: [server({ models: [model({ key: 'org/mm', name: 'MiniMax M2.1 GS32' })] })],
    openclaw: openclaw({
      chain: [
        hop({ ref: 'lmstudio/mm', server: 's', key: 'org/mm', alias: 'mini' }),
        hop({ ref: 'anthropic/claude-opus-4-6', alias: 'Opus' }),
        hop({ ref: 'lmstudio/gone', server: 's', key: 'gone' }),
      ],
    }),
  })

  it("takes the server's name first, then the alias, then the reference", () => {
    expect(refName('lmstudio/mm', known)).toBe('MiniMax M2.1 GS32')
    expect(refName('anthropic/claude-opus-4-6', known)).toBe('Opus')
    expect(refName('lmstudio/gone', known)).toBe('Gone')
    expect(refName('anthropic/claude-haiku-4-5', known)).toBe('Claude Haiku 4.5')
    expect(refName('lmstudio/org/mm', known)).toBe('MiniMax M2.1 GS32')
    expect(refName('lmstudio/mm', null)).toBe('Mm')
  })

  it('tells apart two that are called alike', () => {
    expect(pairNames('openrouter/org/mm', 'lmstudio/mm', known)).toEqual([
      'MiniMax M2.1 GS32 (OpenRouter)',
      'MiniMax M2.1 GS32 (LM Studio)',
    ])
    expect(pairNames('lmstudio/org/mm', 'lmstudio/mm', known)).toEqual(['lmstudio/org/mm', 'lmstudio/mm'])
    expect(pairNames('lmstudio/mm', 'anthropic/claude-opus-4-6', known)).toEqual(['MiniMax M2.1 GS32', 'Opus'])
    expect(providerName('anthropic')).toBe('Anthropic')
  })
})
