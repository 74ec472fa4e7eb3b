// How long an instance stays, in words. Pure.

import type { Instance, Model, Server, Status } from '../api/types'
import { duration, exact, inTime, ram } from './format'
import type { Part } from './headline'
import { isKeptInstance } from './lookup'

/** When an instance leaves memory by itself; undefined when nobody knows. */
export function stayWords(instance: Instance, now: number, server?: Server): Part | undefined {
  const { expires_at, ttl_seconds } = instance
  const rule = ttl_seconds ? `Unloaded after ${duration(ttl_seconds)} without use` : ''
  if (expires_at)
    return {
      text: inTime(expires_at, now),
      title: [`At ${exact(expires_at)}`, rule].filter(Boolean).join('. '),
    }
  if (ttl_seconds) return { text: `after ${duration(ttl_seconds)} idle`, title: rule }
  if (instance.explicit === true) return { text: 'stays', title: 'Loaded on purpose, so without a time limit' }
  // llama.cpp may have been told to put an idle model away, and does not say so.
  if (server?.engine === 'vllm')
    return { text: 'stays', title: 'vLLM keeps what it serves in memory as long as it runs' }
  return undefined
}

/** What the copies of a model beyond the useful one cost. */
export function copiesWords(model: Model, extra: number): string {
  const one = extra === 1
  const times = one ? 'twice' : `${extra + 1} times`
  const each = model.fit?.total_bytes ?? model.size_bytes
  if (!each)
    return `${model.name} is loaded ${times}. ${one ? 'The copy takes' : 'Each copy takes'} the same memory again.`
  return `${model.name} is loaded ${times}. The ${one ? 'copy costs' : 'copies cost'} about ${ram(extra * each)} of memory.`
}

/** Whether unloading could cut somebody off or undo a keep, so that it is asked about first. */
export function asksFirst(status: Status, server: Server, model: Model, instance: Instance): boolean {
  const busy = instance.busy === true && !instance.crashed
  return busy || instance.busy === null || isKeptInstance(status.keep, server.id, model.key, instance.id)
}
