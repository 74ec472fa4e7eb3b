// The machine's memory as bars: what the models hold of it, and what is free.
// A part that is not known is left out, and a note says so. Pure.

import type { Fit, GPU, Instance, Memory, Model, Server, Status } from '../api/types'
import { count, ram } from './format'

export interface Part {
  kind: 'weights' | 'kv' | 'system' | 'free'
  label: string
  bytes: number
  /** For hovering: what it is made of and where the figure comes from. */
  title?: string
}

export interface Bar {
  /** Told where there are several. */
  name: string
  total: number
  parts: Part[]
  /** What the GPU may take of it at most. */
  limit?: number
  /** What cannot be told, as sentences. */
  notes: string[]
}

/** An instance in this machine's memory. */
export interface Held {
  server: Server
  model: Model
  instance: Instance
}

/** What each held instance was reckoned to take, by heldKey. */
export type Reckoned = Record<string, Fit | null | undefined>

export function heldKey(h: Held): string {
  return `${h.server.id} ${h.model.key} ${h.instance.context_length}`
}

/** A server on this machine: another's models are in another's memory. */
export function isLocal(server: Server): boolean {
  if (server.host) return false
  try {
    return /^(127\.[\d.]+|localhost|\[::1\])$/.test(new URL(server.url).hostname)
  } catch {
    return false
  }
}

/**
 * What is in this machine's memory; undefined while one of its servers lists
 * nothing and may still hold models. One that is gone holds none.
 */
export function heldHere(status: Status): Held[] | undefined {
  // What passes requests on, or says nothing of memory, holds nothing that could be told.
  const local = status.servers.filter((s) => isLocal(s) && s.tells?.loaded !== false)
  if (local.some((s) => s.state !== 'up' && s.state !== 'down')) return undefined
  return local
    .filter((s) => s.state === 'up')
    .flatMap((server) =>
      server.models.flatMap((model) => model.instances.map((instance) => ({ server, model, instance }))),
    )
}

/** One bar for RAM that the GPU works in too; else one for each GPU, and RAM. */
export function bars(status: Status, reckoned: Reckoned = {}): Bar[] {
  const machine = status.machine
  if (!machine) return []
  const { memory, gpus } = machine
  const unified = gpus.find((g) => g.vendor === 'apple')
  const own = gpus.filter((g) => g.vendor !== 'apple')
  const list = own.map((g, i) => gpuBar(g, own.length > 1 ? `GPU ${i + 1}` : 'GPU', own.length))
  const only = own[0]
  if (own.length === 1 && only && list[0]) list[0] = withModels(list[0], status, only, reckoned, 'other')
  else if (heldHere(status)?.length)
    list[0]?.notes.push(`How much the models hold is not known of one GPU: they may lie on any of the ${own.length}.`)
  if (!memory) return list
  const ramBar = plainBar(memory)
  if (!unified) {
    if (own.length === 0 && heldHere(status)?.length)
      ramBar.notes.push('How much of it the models hold is not known: no GPU could be read.')
    return [...list, ramBar]
  }
  ramBar.limit = unified.memory_limit_bytes
  if (ramBar.limit === undefined) ramBar.notes.push('How much of it the GPU may use is not known.')
  return [...list, withModels(ramBar, status, unified, reckoned, 'macOS and apps')]
}

function plainBar(memory: Memory): Bar {
  const cached = memory.cached_bytes
  return {
    name: 'RAM',
    total: memory.total_bytes,
    parts: [
      { kind: 'system', label: 'in use', bytes: memory.used_bytes },
      {
        kind: 'free',
        label: 'free',
        bytes: Math.max(0, memory.total_bytes - memory.used_bytes),
        title: cached ? `${ram(cached)} of it caches files and can be had at once` : undefined,
      },
    ],
    notes: [],
  }
}

/** Why a GPU gives no figures. */
const silent: Record<NonNullable<GPU['note']>, string> = {
  asleep: 'The GPU sleeps; looking at its memory would wake it.',
  lost: 'The driver lost the GPU. Mostly the machine must be started again.',
  denied: 'The driver does not let this user read the GPU.',
}

function gpuBar(gpu: GPU, name: string, many: number): Bar {
  const { memory_total_bytes: total, memory_used_bytes: used, memory_limit_bytes: limit } = gpu
  const bar: Bar = { name, total: total ?? limit ?? 0, parts: [], notes: [] }
  if (many > 1 && gpu.name) bar.name += `, ${gpu.name}`
  if (bar.total <= 0 || used === undefined) {
    bar.notes.push(gpu.note ? silent[gpu.note] : 'The GPU does not tell how its memory is used.')
    return bar
  }
  if (limit !== undefined && limit < bar.total) bar.limit = limit
  bar.parts = [
    { kind: 'system', label: 'in use', bytes: used },
    { kind: 'free', label: 'free', bytes: Math.max(0, bar.total - used) },
  ]
  return bar
}

/** The bar with what is in use told apart: what the models hold by what the GPU holds, and all else. */
function withModels(bar: Bar, status: Status, gpu: GPU, reckoned: Reckoned, others: string): Bar {
  const used = bar.parts.find((p) => p.kind === 'system')?.bytes
  if (used === undefined) return bar
  const say = (note: string): Bar => ({ ...bar, notes: [...bar.notes, note] })
  const all = heldHere(status)
  if (!all) return say('Which models are in it is not known while their server does not list them.')
  if (all.length === 0) return bar
  const onGPU = gpu.memory_used_bytes
  if (onGPU === undefined) return say('How much of it the models hold is not known: the GPU does not tell.')
  const sizes = all.map((h) => reckoned[heldKey(h)]?.weights_bytes ?? h.model.size_bytes)
  if (sizes.some((n) => n === undefined))
    return say('How much of it the models hold is not known: the size of one is not told.')
  const weights = sizes.reduce<number>((sum, n) => sum + (n ?? 0), 0)
  // An engine may leave layers in RAM, or let go of weights while it is idle.
  if (weights > onGPU || onGPU > used)
    return say(
      `How much of it the models hold is not known: their weights are ${ram(weights)}, and the GPU holds ${ram(onGPU)}.`,
    )
  const cache = cachePart(all, onGPU - weights, reckoned)
  const rest = used - weights - cache.bytes
  return {
    ...bar,
    parts: [
      { kind: 'weights', label: 'weights', bytes: weights, title: `${names(all)}, by the size of the files` },
      cache,
      ...(rest > 0 ? [{ kind: 'system' as const, label: others, bytes: rest, title: 'All else that is in use' }] : []),
      ...bar.parts.filter((p) => p.kind === 'free'),
    ],
  }
}

/** More than an engine keeps beside weights and cache for one instance. */
const mostBuffers = 4 * 2 ** 30

/** What the GPU holds beside the weights: the cache alone where that is known, else all of it. */
function cachePart(all: Held[], beside: number, reckoned: Reckoned): Part {
  const caches = all.map((h) => reckoned[heldKey(h)]?.kv_bytes)
  const known = caches.every((n) => n !== undefined)
  const full = caches.reduce<number>((sum, n) => sum + (n ?? 0), 0)
  if (known && full <= beside && !all.some(isLazy))
    return { kind: 'kv', label: 'KV cache', bytes: full, title: 'Reckoned for the contexts that are loaded' }
  if (known && beside <= full + all.length * mostBuffers)
    return {
      kind: 'kv',
      label: 'KV cache and buffers',
      bytes: beside,
      title: `What the GPU holds beside the weights, measured; the cache grows up to ${ram(full)} as the contexts fill`,
    }
  return {
    kind: 'kv',
    label: 'KV cache and other',
    bytes: beside,
    title: 'What the GPU holds beside the weights, measured: caches, buffers, and what other programs have on it',
  }
}

/** Whether the engine takes memory for the context only as it fills, as MLX does. */
function isLazy({ model }: Held): boolean {
  return model.format === 'mlx' || model.format === 'safetensors'
}

function names(all: Held[]): string {
  return [...new Set(all.map((h) => h.model.name))].join(', ')
}

/** All of a bar in words, for those who do not see it. */
export function barWords(bar: Bar): string {
  const parts = bar.parts.map((p) => `${p.label} ${ram(p.bytes)}`)
  const limit = bar.limit === undefined ? [] : [`GPU limit ${ram(bar.limit)}`]
  return `${bar.name}, ${[...parts, ...limit].join(', ')} of ${ram(bar.total)}`
}

/** Exact bytes, for hovering. */
export function exactly(part: Part): string {
  return [part.title, `${count(Math.round(part.bytes))} bytes`].filter(Boolean).join('; ')
}

/** How short the system is of memory, in words. */
export function pressureWords(
  pressure: Memory['pressure'],
): { text: 'normal' | 'high' | 'critical'; more?: string } | undefined {
  switch (pressure) {
    case 'normal':
      return { text: 'normal' }
    case 'warning':
      return { text: 'high', more: 'The system is short of memory: it compresses and swaps, and answers get slow.' }
    case 'critical':
      return {
        text: 'critical',
        more: 'The system is out of memory and may end programs. Unload a model, or choose a smaller context.',
      }
    default:
      return undefined
  }
}
