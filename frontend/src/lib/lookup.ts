// Finds things in a status and names them. Pure.

import type { Instance, Keep, Model, Server, Status } from '../api/types'
import { canLoad } from './engine'

export interface InMemory {
  server: Server
  model: Model
  instance: Instance
  /** This instance's place among the model's, from 0. */
  copy: number
}

export function serverOf(status: Status, id: string): Server | undefined {
  return status.servers.find((s) => s.id === id)
}

export function modelOf(status: Status, server: string, key: string): Model | undefined {
  return serverOf(status, server)?.models.find((m) => m.key === key)
}

/** A model's name; of a model that is not listed any more, the last part of its key. */
export function modelName(status: Status | null, server: string, key: string): string {
  const known = status ? modelOf(status, server, key) : undefined
  return known?.name || key.slice(key.lastIndexOf('/') + 1) || key
}

/** What to call a server in a sentence: two of one name are told apart by where they run. */
export function serverLabel(server: Server, all: Server[]): string {
  const alike = all.filter((s) => s.kind === server.kind)
  if (server.kind === 'lmstudio' && alike.length === 1) return 'LM Studio'
  const name = server.name || server.url
  if (!all.some((s) => s.id !== server.id && s.name === server.name)) return name
  return `${name} on ${server.host ?? 'this machine'}`
}

/** Everything in memory, the kept one first, then the last loaded. */
export function inMemory(status: Status): InMemory[] {
  const out = status.servers.flatMap((server) =>
    server.models.flatMap((model) => model.instances.map((instance, copy) => ({ server, model, instance, copy }))),
  )
  const kept = (x: InMemory) => isKeptInstance(status.keep, x.server.id, x.model.key, x.instance.id)
  return out.sort(
    (a, b) =>
      Number(kept(b)) - Number(kept(a)) ||
      Date.parse(b.instance.seen_loaded_at) - Date.parse(a.instance.seen_loaded_at) ||
      a.copy - b.copy,
  )
}

/** Whether a model is the one that a person asked to be kept, paused or not. */
export function isTarget(keep: Keep, server: string, model: string): boolean {
  return keep.state !== 'off' && keep.server === server && keep.model === model
}

/** Whether a model is being kept now. */
export function isKept(keep: Keep, server: string, model: string): boolean {
  return isTarget(keep, server, model) && keep.state !== 'paused'
}

export function isKeptInstance(keep: Keep, server: string, model: string, instance: string): boolean {
  return isKept(keep, server, model) && (!keep.instance_id || keep.instance_id === instance)
}

/** The instance that the keep stands for, if it is in memory. */
export function keptInstance(status: Status): Instance | undefined {
  const model = modelOf(status, status.keep.server, status.keep.model)
  return model?.instances.find((i) => i.id === status.keep.instance_id) ?? model?.instances[0]
}

/** The copies of a model beyond the one that is of use. */
export function extraCopies(status: Status, server: Server, model: Model): Instance[] {
  if (model.instances.length < 2) return []
  const keepID = isTarget(status.keep, server.id, model.key) ? status.keep.instance_id : undefined
  const useful = model.instances.find((i) => i.id === keepID) ?? model.instances[0]
  return model.instances.filter((i) => i !== useful)
}

/** Language models that can be kept, what is in memory first, then by name. */
export function keepable(status: Status): { server: Server; model: Model }[] {
  return status.servers
    .filter(canLoad)
    .flatMap((server) => server.models.filter((m) => m.type === 'llm').map((model) => ({ server, model })))
    .sort(
      (a, b) =>
        Number(b.model.instances.length > 0) - Number(a.model.instances.length > 0) ||
        a.model.name.localeCompare(b.model.name),
    )
}

export type Coarseness = 'fine' | 'coarse' | 'very coarse' | 'unknown'

/**
 * How much a quantization costs in quality. Below four bits a weight, answers
 * and tool calls suffer visibly; below three, badly.
 */
export function coarseness(model: Model): Coarseness {
  const bits = model.bits_per_weight
  if (bits === undefined || bits === null) return 'unknown'
  if (bits < 3) return 'very coarse'
  return bits < 4 ? 'coarse' : 'fine'
}

/** Whether a model answers to a search: every word must be in its name, key or make. */
export function matches(model: Model, search: string): boolean {
  const text = [model.name, model.key, model.quantization, model.format, model.architecture, model.parameters]
    .filter(Boolean)
    .join(' ')
    .toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
