import { describe, expect, it } from 'vitest'
import type { GPU, Instance, Memory, Model, Status } from '../api/types'
import { bars, barWords, heldKey, isLocal, pressureWords, type Bar, type Reckoned } from './memory'
import { at, instance, model, plain, server, status } from './testing'

const GiB = 2 ** 30
const ram = (over: Partial<Memory> = {}): Memory => ({
  total_bytes: 512 * GiB,
  used_bytes: 215 * GiB,
  pressure: 'normal',
  source: 'host_statistics64',
  ...over,
})
const apple = (over: Partial<GPU> = {}): GPU => ({
  name: 'Apple M3 Ultra',
  vendor: 'apple',
  memory_used_bytes: 171 * GiB,
  memory_limit_bytes: 464 * GiB,
  memory_total_bytes: 512 * GiB,
  source: 'iokit',
  ...over,
})
const nvidia = (over: Partial<GPU> = {}): GPU => ({
  name: 'RTX 4090',
  vendor: 'nvidia',
  memory_used_bytes: 21 * GiB,
  memory_total_bytes: 24 * GiB,
  source: 'nvml',
  ...over,
})

interface Scene {
  gpus?: GPU[]
  memory?: Memory
  models?: Model[]
  over?: Partial<Status>
}
const loaded = (size: number | undefined, over: Partial<Instance> = {}, m: Partial<Model> = {}) =>
  model({ size_bytes: size && size * GiB, instances: [instance({ context_length: 131072, ...over })], ...m })

function scene({ gpus = [apple()], memory = ram(), models = [loaded(138)], over = {} }: Scene = {}): Status {
  return status({
    servers: [server({ models })],
    machine: { at: at(1), gpus, memory, processes: [] },
    ...over,
  })
}

const told = (bar: Bar | undefined) => bar?.parts.map((p) => plain(`${p.label} ${Math.round(p.bytes / GiB)}`))

/** What the first instance was reckoned to take, in GiB. */
function reckoned(s: Status, weights: number, kv: number | undefined): Reckoned {
  const srv = s.servers[0]
  const m = srv?.models[0]
  const i = m?.instances[0]
  if (!srv || !m || !i) throw new Error('nothing is loaded')
  return {
    [heldKey({ server: srv, model: m, instance: i })]: {
      weights_bytes: weights * GiB,
      kv_bytes: kv && kv * GiB,
      total_bytes: 0,
      verdict: 'fits',
      basis: '',
    },
  }
}

/** Whatever is told of a bar adds up to all that there is. */
function addsUp(list: Bar[]) {
  for (const bar of list) {
    if (bar.parts.length === 0) continue
    expect(bar.parts.reduce((sum, p) => sum + p.bytes, 0)).toBe(bar.total)
    for (const p of bar.parts) expect(p.bytes).toBeGreaterThanOrEqual(0)
  }
}

describe('memory that the GPU works in too', () => {
  it('tells weights, what the GPU holds beside them, the system and what is free, against the limit', () => {
    const [bar, ...more] = bars(scene())
    expect(more).toEqual([])
    expect(told(bar)).toEqual(['weights 138', 'KV cache and other 33', 'macOS and apps 44', 'free 297'])
    expect(bar?.limit).toBe(464 * GiB)
    expect(bar?.notes).toEqual([])
    addsUp(bars(scene()))
  })
  it('tells the cache alone where it was reckoned', () => {
    const s = scene()
    expect(told(bars(s, reckoned(s, 138, 30))[0])).toEqual([
      'weights 138',
      'KV cache 30',
      'macOS and apps 47',
      'free 297',
    ])
    addsUp(bars(s, reckoned(s, 138, 30)))
  })
  it('measures a cache that fills only with the conversation', () => {
    const s = scene({ models: [loaded(138, {}, { format: 'mlx' })] })
    const bar = bars(s, reckoned(s, 138, 30))[0]
    expect(told(bar)).toContain('KV cache and buffers 33')
    expect(plain(bar?.parts[1]?.title ?? '')).toContain('up to 30 GB')
  })
  it('does not take for cache what other programs may have on the GPU', () => {
    const s = scene({ models: [loaded(138, {}, { format: 'mlx' })] })
    expect(told(bars(s, reckoned(s, 138, 20))[0])).toContain('KV cache and other 33')
  })
  it('does not tell a reckoned cache that is more than the GPU holds', () => {
    const s = scene()
    expect(told(bars(s, reckoned(s, 138, 50))[0])).toContain('KV cache and buffers 33')
  })
  it('counts each copy', () => {
    const m = loaded(60)
    m.instances.push(instance({ id: 'mm:2', context_length: 4096 }))
    expect(told(bars(scene({ models: [m] }))[0])?.[0]).toBe('weights 120')
  })
  it('has no part for models where none is loaded', () => {
    expect(told(bars(scene({ models: [model()] }))[0])).toEqual(['in use 215', 'free 297'])
    expect(bars(scene({ models: [model()] }))[0]?.notes).toEqual([])
  })
})

describe('what is not known is left out and said', () => {
  it.each<[string, Scene, RegExp]>([
    ['the GPU does not tell', { gpus: [apple({ memory_used_bytes: undefined })] }, /the GPU does not tell/],
    ['no limit', { gpus: [apple({ memory_limit_bytes: undefined })] }, /GPU may use is not known/],
    ['no GPU at all', { gpus: [] }, /no GPU could be read/],
    ['no size', { models: [loaded(undefined)] }, /size of one is not told/],
    ['weights that the GPU let go of', { models: [loaded(200)] }, /weights are 200 GB, and the GPU holds 171 GB/],
    ['a GPU that holds more than is in use', { memory: ram({ used_bytes: 150 * GiB }) }, /GPU holds 171 GB/],
    [
      'a server that lists nothing',
      { over: { servers: [server({ state: 'server_off', models: [loaded(138)] })] } },
      /Which models are in it is not known/,
    ],
  ])('%s', (_, s, note) => {
    const [bar] = bars(scene(s))
    expect(plain(bar?.notes.join(' ') ?? '')).toMatch(note)
    if (!note.source.includes('may use')) expect(told(bar)?.[0]).toMatch(/^in use/)
    addsUp(bars(scene(s)))
  })
  it("another machine's models are in another's memory", () => {
    const s = scene({ over: { servers: [server({ url: 'http://10.0.0.7:1234', models: [loaded(138)] })] } })
    expect(told(bars(s)[0])).toEqual(['in use 215', 'free 297'])
  })
  it('nothing at all is no bar', () => {
    expect(bars(status())).toEqual([])
    expect(bars(scene({ gpus: [], over: { machine: { at: at(1), gpus: [], processes: [] } } }))).toEqual([])
  })
})

describe('a machine whose GPUs have memory of their own', () => {
  it('has a bar for the GPU and one for RAM', () => {
    const list = bars(scene({ gpus: [nvidia()], models: [loaded(17)], memory: ram({ source: 'gopsutil' }) }))
    expect(list.map((b) => b.name)).toEqual(['GPU', 'RAM'])
    expect(told(list[0])).toEqual(['weights 17', 'KV cache and other 4', 'free 3'])
    expect(told(list[1])).toEqual(['in use 215', 'free 297'])
    addsUp(list)
  })
  it('has a bar for each GPU, and does not guess which holds what', () => {
    const list = bars(scene({ gpus: [nvidia(), nvidia({ memory_used_bytes: undefined })], models: [loaded(17)] }))
    expect(list.map((b) => b.name)).toEqual(['GPU 1, RTX 4090', 'GPU 2, RTX 4090', 'RAM'])
    expect(told(list[0])).toEqual(['in use 21', 'free 3'])
    expect(list[1]?.parts).toEqual([])
    const [asleep] = bars(scene({ gpus: [nvidia({ memory_used_bytes: undefined, note: 'asleep' })] }))
    expect(asleep?.notes[0]).toMatch(/^The GPU sleeps/)
    expect(list[0]?.notes.join(' ')).toMatch(/may lie on any of the 2/)
    expect(list[1]?.notes.join(' ')).toMatch(/does not tell how its memory is used/)
  })
})

describe('words', () => {
  it('say a whole bar', () => {
    expect(plain(barWords(bars(scene())[0] as Bar))).toBe(
      'RAM, weights 138 GB, KV cache and other 33 GB, macOS and apps 44 GB, free 297 GB, GPU limit 464 GB of 512 GB',
    )
  })
  it('say how short of memory the system is, and nothing where it does not tell', () => {
    expect(pressureWords('normal')).toEqual({ text: 'normal' })
    expect(pressureWords('critical')?.more).toContain('Unload a model')
    expect(pressureWords(null)).toBeUndefined()
  })
  it('know this machine by its address', () => {
    const local = (url: string) => isLocal(server({ url }))
    expect(['http://127.0.0.1:1234', 'http://localhost:1', 'http://[::1]:1'].map(local)).toEqual([true, true, true])
    expect(['http://10.0.0.7:1234', 'http://localhost.example', 'nonsense'].map(local)).toEqual([false, false, false])
  })
})
