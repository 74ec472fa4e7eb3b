import { describe, expect, it } from 'vitest'
import type { Recipe } from '../api/types'
import { find } from '../lib/palette'
import { fallback, instance, keep, model, now, server, status } from '../lib/testing'
import { commands } from './commands'
import type { Hands, World } from './world'

/** Hands that write down what was asked of them. */
function hands() {
  const asked: unknown[][] = []
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void asked.push([name, ...args])
  const all: Hands = {
    go: note('go'),
    show: note('show'),
    keep: note('keep'),
    release: note('release'),
    pause: note('pause'),
    resume: note('resume'),
    load: note('load'),
    unload: note('unload'),
    theme: note('theme'),
    look: note('look'),
  }
  return { all, asked }
}

const two = status({
  servers: [
    server({
      models: [
        model({ key: 'qwen', name: 'Qwen3', size_bytes: 18.6e9 }),
        model({ instances: [instance()] }),
        model({ key: 'nomic', name: 'Nomic', type: 'embedding' }),
      ],
    }),
  ],
})

function world(over: Partial<World> = {}): World {
  return {
    status: two,
    live: true,
    now,
    last: null,
    changing: false,
    fallbacks: [],
    recipes: [],
    theme: 'auto',
    chord: (key) => `Ctrl ${key}`,
    ...over,
  }
}

const recipe = (over: Partial<Recipe> = {}): Recipe =>
  ({ id: 'r', title: 'Local first', text: '', available: true, edits: [{}], ...over }) as Recipe

/** Does the first thing that is found for what is typed. */
function doing(typed: string, over: Partial<World> = {}) {
  const { all, asked } = hands()
  const entry = find(commands(world(over), all), typed)[0]?.hits[0]?.entry
  if (entry && !entry.why) void entry.run()
  return { title: entry?.title, why: entry?.why, asked: asked[0] }
}

describe('commands', () => {
  it('names each thing once', () => {
    const ids = commands(world({ fallbacks: [fallback()], recipes: [recipe()] }), hands().all).map((c) => c.id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it.each([
    ['now', ['go', '#/']],
    ['timeline', ['go', '#/timeline']],
    ['openclaw', ['go', '#/config']],
    ['keep qwen', ['keep', { server: 's', model: 'qwen' }]],
    ['load qwen', ['load', 's', 'qwen']],
    ['unload', ['unload', 's', 'mm', 'mm']],
    ['go to mini', ['show', 's', 'mm']],
    ['pause hour', ['pause', 3600]],
    ['pause resume', ['pause']],
    ['stop keeping', ['release']],
    ['dark', ['theme', 'dark']],
    ['look again', ['look']],
    ['127.0.0.1', ['go', '#/models']],
  ])('does by "%s" what is meant', (typed, want) => {
    expect(doing(typed).asked).toEqual(want)
  })

  it('offers the keep what its state allows', () => {
    const titles = (state: 'off' | 'paused' | 'blocked' | 'waiting', last: World['last'] = null) =>
      commands(world({ status: { ...two, keep: keep({ state }) }, last }), hands().all)
        .filter((c) => c.group === 'Keep')
        .map((c) => c.title)
    expect(titles('off')).toEqual([])
    expect(titles('off', { server: 's', model: 'qwen' })).toEqual(['Keep Qwen3 loaded again'])
    expect(titles('off', { server: 's', model: 'gone' })).toEqual([])
    expect(titles('paused')).toEqual(['Resume keeping MiniMax M2.1 loaded', 'Stop keeping it loaded'])
    expect(titles('blocked')[0]).toBe('Try again to keep MiniMax M2.1 loaded')
    expect(titles('waiting')).toHaveLength(4)
  })

  it("lets nothing go by a model's name alone", () => {
    expect(doing('mini').asked).toEqual(['show', 's', 'mm'])
    expect(doing('qwen').asked).toEqual(['keep', { server: 's', model: 'qwen' }])
  })

  it('offers no second copy, and no keep of what is kept or cannot be', () => {
    const titles = commands(world(), hands().all).map((c) => c.title)
    expect(titles).not.toContain('Load MiniMax M2.1 once')
    expect(titles).not.toContain('Keep MiniMax M2.1 loaded')
    expect(titles).not.toContain('Keep Nomic loaded')
    expect(titles).toContain('Load Nomic once')
  })

  it('names the copies of a model apart', () => {
    const copies = model({ instances: [instance(), instance({ id: 'mm:2' })] })
    const titles = commands(world({ status: status({ servers: [server({ models: [copies] })] }) }), hands().all)
      .filter((c) => c.title.startsWith('Unload'))
      .map((c) => c.title)
    expect(titles).toEqual(['Unload mm', 'Unload mm:2'])
  })

  it('says why something cannot be done now', () => {
    const off = { ...two, servers: two.servers.map((s) => ({ ...s, state: 'server_off' as const })) }
    expect(doing('load qwen', { status: off }).why).toMatch(/^LM Studio's server is off\. In LM Studio, open Developer/)
    // It is kept as soon as the server is back.
    expect(doing('keep qwen', { status: off }).asked).toEqual(['keep', { server: 's', model: 'qwen' }])
    expect(doing('keep qwen', { live: false }).why).toBe('Pilotlight does not answer now.')
    expect(doing('pause hour', { changing: true }).why).toMatch(/busy/)
    expect(doing('timeline', { live: false }).asked).toEqual(['go', '#/timeline'])
  })

  it('only goes to the models of a server that cannot be told to load', () => {
    const vllm = server({ kind: 'openai', name: 'vLLM' })
    const list = commands(world({ status: status({ servers: [vllm] }) }), hands().all)
    expect(list.filter((c) => c.group === 'Models').map((c) => c.title)).toEqual(['Go to MiniMax M2.1'])
  })

  it('opens the story of a fallback, found by who answered and by why', () => {
    const fallbacks = [fallback({ id: 7 }), fallback({ id: 6, outcome: 'exhausted', answered: undefined })]
    expect(doing('opus', { fallbacks })).toMatchObject({
      title: 'Claude Opus 4.6 answered instead of MiniMax M2.1',
      asked: ['go', '#/fallbacks/7'],
    })
    expect(doing('nobody', { fallbacks }).asked).toEqual(['go', '#/fallbacks/6'])
    expect(doing('server was off', { fallbacks }).asked).toEqual(['go', '#/fallbacks/7'])
  })

  it('opens a recipe, and says of one that cannot be applied why', () => {
    expect(doing('local first', { recipes: [recipe()] }).asked).toEqual(['go', '#/config?recipe=r'])
    expect(doing('local first', { recipes: [recipe({ edits: [] })] }).why).toMatch(/already/)
    const none = recipe({ available: false, why_not: 'No server is known.' })
    expect(doing('local first', { recipes: [none] }).why).toBe('No server is known.')
  })

  it('is there before anything is known', () => {
    expect(doing('config', { status: null, live: false }).asked).toEqual(['go', '#/config'])
  })
})
