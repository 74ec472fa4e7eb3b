// What a person can do about something that the history shows. Pure.

import type { Fallback, Instance, Model, Pattern, Remedy, Server, Status } from '../api/types'
import { fallbacksHref } from './fallback-filter'
import { extraCopies, isTarget, modelOf, serverOf } from './lookup'

/** What a pattern's button does. A pattern has no number, so it goes by the API's own actions, or by a fallback's fix. */
export type PatternAct =
  | { kind: 'load' | 'keep'; server: string; model: string; context?: number }
  | { kind: 'unload'; server: Server; model: Model; instance: Instance }
  | { kind: 'check'; server: string; instance: string }
  | { kind: 'fix'; id: number }

export function patternAct(pattern: Pattern, status: Status, items: Fallback[]): PatternAct | undefined {
  const { remedy } = pattern
  if (!remedy?.action) return undefined
  return directAct(remedy, status) ?? fixOf(remedy, items)
}

function directAct(remedy: Remedy, status: Status): PatternAct | undefined {
  const { server: id, model: key } = remedy
  if (!id || !key) return undefined
  const context = remedy.context_length
  const server = serverOf(status, id)
  const model = modelOf(status, id, key)
  const first = model?.instances[0]
  switch (remedy.action) {
    case 'load':
      return { kind: 'load', server: id, model: key, context }
    case 'keep':
    case 'keep_context':
      return { kind: 'keep', server: id, model: key, context }
    case 'unload_extra': {
      const extra = server && model ? smallest(status, server, model) : undefined
      return server && model && extra ? { kind: 'unload', server, model, instance: extra } : undefined
    }
    case 'check':
      return first && { kind: 'check', server: id, instance: first.id }
    default:
      return undefined
  }
}

/** The copy with the least context, the kept one left out; of equals the later one. */
function smallest(status: Status, server: Server, model: Model): Instance | undefined {
  if (extraCopies(status, server, model).length === 0) return undefined
  const size = (i: Instance) => i.context_length ?? Infinity
  return model.instances
    .filter((i) => !isTarget(status.keep, server.id, model.key) || i.id !== status.keep.instance_id)
    .reduce<Instance | undefined>((least, i) => (least && size(least) < size(i) ? least : i), undefined)
}

/** A fallback whose own remedy is the very same. */
function fixOf(remedy: Remedy, items: Fallback[]): PatternAct | undefined {
  const same = items.find((f) => {
    const r = f.cause.remedy
    return r?.action === remedy.action && r?.server === remedy.server && r?.seconds === remedy.seconds
  })
  return same && { kind: 'fix', id: same.id }
}

/** What a remedy's button says when the agent named nothing. */
export function remedyLabel(remedy: Remedy): string {
  if (remedy.label) return remedy.label
  switch (remedy.action) {
    case 'load':
      return 'Load it'
    case 'keep':
    case 'keep_context':
      return 'Keep it loaded'
    case 'start_server':
      return 'Start the server'
    case 'unload_extra':
      return 'Unload the copy'
    case 'raise_timeout':
      return 'Raise the time-out'
    default:
      return 'Do it'
  }
}

/** Where what a pattern speaks of can be read. */
export function patternLink(pattern: Pattern): { href: string; label: string } | undefined {
  switch (pattern.code) {
    case 'load_storm':
      return { href: '#/models?at=history', label: 'Loads and unloads' }
    case 'cold_timeout':
      return { href: fallbacksHref({ cause: 'timeout_cold' }), label: 'Show them' }
    case 'duplicate_instance':
      return { href: '#/models', label: 'Show the copies' }
    case 'stuck_on_fallback':
      return pattern.session ? { href: fallbacksHref({ session: pattern.session }), label: 'This session' } : undefined
    case 'repeated_failure':
      return pattern.model ? { href: fallbacksHref({ model: pattern.model }), label: 'Show them' } : undefined
    default:
      return undefined
  }
}
