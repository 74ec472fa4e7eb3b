// The commands for models: keep, load, unload, go to. Pure.

import type { Model, Server, Status } from '../api/types'
import { canLoad, canUnload, isHosted } from '../lib/engine'
import { bytes } from '../lib/format'
import { isTarget, serverLabel } from '../lib/lookup'
import { sentence, serverRemedy, serverWords } from '../lib/words'
import { deaf, type Command, type Hands, type World } from './world'

/** Those in memory first: they are what one has to do with. */
export function modelCommands(world: World, hands: Hands): Command[] {
  const { status } = world
  if (!status) return []
  // The Models page has no place for the thousands that a provider lists.
  return status.servers
    .filter((server) => !isHosted(server))
    .flatMap((server) => server.models.map((model) => ({ server, model })))
    .sort((a, b) => Number(b.model.instances.length > 0) - Number(a.model.instances.length > 0))
    .flatMap(({ server, model }) => of(world, hands, status, server, model))
}

function of(world: World, hands: Hands, status: Status, server: Server, model: Model): Command[] {
  const name = model.name || model.key
  const several = status.servers.length > 1
  const make = (verb: string, title: string, run: Command['run'], over: Partial<Command> = {}): Command => ({
    id: `${verb} ${server.id} ${model.key}`,
    group: 'Models',
    title,
    hint: several ? serverLabel(server, status.servers) : undefined,
    also: `${model.key} ${model.quantization ?? ''}`,
    run,
    ...over,
  })
  const out: Command[] = []
  if (canLoad(server)) {
    const why = deaf(world)
    const off = why ?? away(status, server)
    if (model.type === 'llm' && !isTarget(status.keep, server.id, model.key))
      // A keep is taken also while the server is away: it is loaded once that is back.
      out.push(make('keep', `Keep ${name} loaded`, () => hands.keep({ server: server.id, model: model.key }), { why }))
    if (model.instances.length === 0) {
      const size = model.size_bytes && !several ? { hint: bytes(model.size_bytes) } : {}
      out.push(make('load', `Load ${name} once`, () => hands.load(server.id, model.key), { why: off, ...size }))
    }
  }
  out.push(make('show', `Go to ${name}`, () => hands.show(server.id, model.key)))
  // Last: Enter after a model's name must not be what unloads it.
  if (canUnload(server)) {
    const off = deaf(world) ?? away(status, server)
    for (const i of model.instances) {
      const title = `Unload ${model.instances.length > 1 ? i.id : name}`
      out.push(make(`unload ${i.id}`, title, () => hands.unload(server.id, model.key, i.id), { why: off }))
    }
  }
  return out
}

/** Why a server can do nothing now, and what to do. */
function away(status: Status, server: Server): string | undefined {
  if (server.state === 'up') return undefined
  const words = serverWords(server, serverLabel(server, status.servers)).text
  return [sentence(words), serverRemedy(server)].filter(Boolean).join(' ')
}
