import { describe, expect, test } from 'vitest'
import type { Peer } from '../api/types'
import { canAct, gpuWords, peerMemory, peerWords, peerWrong, rightsWords, seenStatus, serverCan } from './machines'
import { at, instance, line, model, now, plain, server } from './testing'

const GiB = 2 ** 30

function peer(over: Partial<Peer> = {}): Peer {
  return {
    id: 'p',
    name: 'studio',
    url: 'http://10.0.0.9:7456',
    rights: 'full',
    state: 'up',
    state_since: at(3600),
    checked_at: at(2),
    seen_at: at(2),
    version: '1',
    seen: {
      servers: [server({ models: [model({ instances: [instance({ context_length: 131072 })] })] })],
      keep: { server: 's', model: 'mm', policy: 'respect-manual', state: 'warm', since: at(60) },
      machine: {
        at: at(2),
        gpus: [],
        processes: [],
        memory: { total_bytes: 512 * GiB, used_bytes: 128 * GiB, pressure: null, source: 'x' },
      },
    },
    ...over,
  }
}

describe('how a machine stands', () => {
  test('says of one that is there what its own page would', () => {
    const told = peerWords(peer(), now)
    expect(told.title).toBe('MiniMax M2.1 is warm')
    expect(told.tone).toBe('ok')
    expect(line(told.sub)).toContain('131k context')
    expect(told.before).toBeUndefined()
  })

  test('says since when one is away, why, and what it did before', () => {
    const told = peerWords(
      peer({
        state: 'down',
        state_since: at(3600),
        seen_at: at(3605),
        error: { code: 'network', message: 'Nothing answers at http://10.0.0.9:7456.' },
      }),
      now,
    )
    expect(told).toMatchObject({ tone: 'bad', title: 'Not reached since 09:42' })
    expect(line(told.sub)).toBe('Nothing answers at http://10.0.0.9:7456')
    expect(plain(told.before?.text ?? '')).toBe('Last seen 1 h ago: MiniMax M2.1 is warm')
  })

  test('claims nothing of one that was never seen', () => {
    expect(peerWords(peer({ state: 'unknown', seen: undefined, seen_at: undefined }), now).title).toBe(
      'Not looked at yet',
    )
    const told = peerWords(
      peer({ state: 'needs_token', state_since: undefined, seen: undefined, seen_at: undefined }),
      now,
    )
    expect(told).toEqual({ tone: 'bad', title: 'Its token is not accepted', sub: [] })
    expect(seenStatus(peer({ seen: undefined }))).toBeUndefined()
  })

  test('says of an odd version what it does not tell', () => {
    const { keep: _, ...seen } = peer().seen!
    expect(peerWords(peer({ seen }), now).title).toBe('It does not tell what it keeps')
  })
})

test('reads memory and GPUs, and leaves out what is not told', () => {
  expect(peerMemory(peer())).toMatchObject({ part: 0.25 })
  expect(plain(peerMemory(peer())?.text ?? '')).toBe('128 of 512 GB')
  expect(peerMemory(peer({ seen: undefined }))).toBeUndefined()
  const machine = peer().seen!.machine!
  const gpu = (over = {}) => ({ name: 'H200', vendor: 'nvidia', source: 'nvml', ...over })
  const gpus = (...list: ReturnType<typeof gpu>[]) =>
    gpuWords(peer({ seen: { ...peer().seen!, machine: { ...machine, gpus: list } } }))
  expect(gpuWords(peer())).toBeUndefined()
  expect(plain(gpus(gpu({ utilization: 0.374 }))?.text ?? '')).toBe('GPU 37 %')
  expect(
    plain(gpus(gpu({ utilization: 0.5, memory_used_bytes: 70 * GiB, memory_total_bytes: 141 * GiB }))?.text ?? ''),
  ).toBe('GPU 50 %, 70 of 141 GB')
  expect(gpus(gpu())?.text).toBe('GPU use unknown')
  expect(gpus(gpu({ note: 'asleep' }))?.text).toBe('GPU asleep')
  expect(plain(gpus(gpu({ utilization: 0.1 }), gpu({ utilization: 0.9 }), gpu())?.text ?? '')).toBe(
    '3 GPUs, the busiest at 90 %',
  )
  expect(gpus(gpu(), gpu())?.text).toBe('2 GPUs, use unknown')
})

test('acts only with full rights, where somebody answers', () => {
  expect(canAct(peer())).toBe(true)
  expect(canAct(peer({ rights: 'read' }))).toBe(false)
  expect(canAct(peer({ rights: undefined }))).toBe(false)
  expect(canAct(peer({ state: 'down' }))).toBe(false)
  expect(serverCan(peer(), 's', 'load')).toBe(true)
  const tells = {
    loaded: true,
    context: true,
    busy: true,
    expiry: true,
    load: true,
    unload: false,
    warm_by: 'load',
  } as const
  const vllm = peer({ seen: { ...peer().seen!, servers: [server({ tells }), server({ id: 'o', kind: 'openai' })] } })
  expect(serverCan(vllm, 's', 'load')).toBe(true)
  expect(serverCan(vllm, 's', 'unload')).toBe(false)
  expect(serverCan(vllm, 'o', 'load')).toBe(false)
  expect(serverCan(vllm, 'gone', 'load')).toBe(false)
  expect(rightsWords(peer())).toBeUndefined()
  expect(rightsWords(peer({ rights: 'read' }))?.text).toBe('look only')
})

test('checks what was typed', () => {
  expect(peerWrong({ url: 'studio.local', token: 'abc' }, false)).toEqual({})
  expect(Object.keys(peerWrong({ url: ' ', token: '' }, false))).toEqual(['url', 'token'])
  expect(Object.keys(peerWrong({ url: 'a b', token: 'a b' }, false))).toEqual(['url', 'token'])
  expect(peerWrong({ url: '', token: '' }, true)).toEqual({})
})
