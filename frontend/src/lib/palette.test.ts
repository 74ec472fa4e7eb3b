import { describe, expect, it } from 'vitest'
import { find, pieces, step, type Entry } from './palette'

const entry = (title: string, over: Partial<Entry> = {}): Entry => ({ id: title, group: 'Models', title, ...over })
const titles = (entries: Entry[], typed: string) =>
  find(entries, typed).flatMap((g) => g.hits.map((h) => h.entry.title))

describe('find', () => {
  const models = ['MiniMax M2.1', 'Qwen3 Coder 30B', 'Mistral Small 3.2', 'GLM 4.6', 'Phi 4'].map((t) => entry(t))

  it('takes nothing typed for everything, in the order given', () => {
    expect(titles(models, '  ')).toEqual(models.map((m) => m.title))
  })

  it.each([
    ['mini', ['MiniMax M2.1']],
    ['MINI', ['MiniMax M2.1']],
    ['coder', ['Qwen3 Coder 30B']],
    ['30b qwen', ['Qwen3 Coder 30B']],
    ['mm21', ['MiniMax M2.1']],
    ['qc30', ['Qwen3 Coder 30B']],
    ['g', ['GLM 4.6']],
    ['xyz', []],
    ['4 6', ['GLM 4.6']],
    // Letters that only happen to come in this order are no hit.
    ['nax', []],
  ])('finds %s', (typed, want) => {
    expect(titles(models, typed).sort()).toEqual([...want].sort())
  })

  it('puts the same word first, then a beginning, a word inside, letters inside, letters apart', () => {
    const all = ['Snowfall', 'Knock on wood', 'Right now', 'Now and then', 'Now'].map((t) => entry(t))
    expect(titles(all, 'now')).toEqual(['Now', 'Now and then', 'Right now', 'Snowfall'])
    expect(titles([entry('Next of water'), entry('Nowhere')], 'now')).toEqual(['Nowhere', 'Next of water'])
  })

  it('finds what an entry answers to, after those whose title it is', () => {
    const all = [entry('Change the look', { also: 'dark night' }), entry('Dark theme')]
    expect(titles(all, 'dark')).toEqual(['Dark theme', 'Change the look'])
    expect(titles(all, 'night look')).toEqual(['Change the look'])
    expect(titles([entry('Opus', { group: 'Fallbacks' })], 'fallback')).toEqual(['Opus'])
  })

  it('puts the group of the best hit first', () => {
    const all = [entry('Paused model', { group: 'Models' }), entry('Pause', { group: 'Keep' })]
    expect(find(all, 'pause').map((g) => g.name)).toEqual(['Keep', 'Models'])
    expect(find(all, '').map((g) => g.name)).toEqual(['Models', 'Keep'])
  })

  it('puts what can be done before what cannot', () => {
    const all = [entry('Load it now', { why: 'The server is off.' }), entry('Load it too')]
    expect(titles(all, 'load')).toEqual(['Load it too', 'Load it now'])
  })

  it('shows a handful of each group, and the best of them', () => {
    const all = Array.from({ length: 600 }, (_, i) => entry(`A model ${i}`)).concat(entry('Model'))
    expect(find(all, 'model')[0]?.hits).toHaveLength(8)
    expect(titles(all, 'model')[0]).toBe('Model')
    expect(find(all, '')[0]?.hits).toHaveLength(6)
  })

  it('reads accents as the plain letter, and marks the title as it is written', () => {
    const [hit] = find([entry('Modèle élargi')], 'elar')[0]?.hits ?? []
    expect(hit && pieces(hit.entry.title, hit.marks)).toEqual([
      { text: 'Modèle ', marked: false },
      { text: 'élar', marked: true },
      { text: 'gi', marked: false },
    ])
  })

  it('marks no letter outside of a title, whatever stands in it', () => {
    for (const title of ['İstanbul ﬁ', '😀 smile', 'ß', 'e\u0301a']) {
      for (const typed of [title, title.slice(0, 2), 'i', 's', 'a']) {
        for (const { hits } of find([entry(title)], typed))
          for (const { marks } of hits)
            expect(
              pieces(title, marks)
                .map((p) => p.text)
                .join(''),
            ).toBe(title)
      }
    }
  })
})

describe('step', () => {
  it.each([
    ['ArrowDown', 0, 1],
    ['ArrowDown', 9, 0],
    ['ArrowUp', 0, 9],
    ['Home', 5, 0],
    ['End', 5, 9],
    ['PageDown', 5, 9],
    ['PageUp', 5, 0],
    ['a', 5, undefined],
  ])('leads by %s from %i to %s', (key, at, want) => {
    expect(step(key, at, 10)).toBe(want)
  })

  it('leads nowhere in an empty list', () => {
    expect(step('ArrowDown', 0, 0)).toBeUndefined()
  })
})
