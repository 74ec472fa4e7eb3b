// The models that a person can choose for OpenClaw. Pure.

import type { ConfigForm, ConfigModel, ConfigProvider, Model, Server, Status } from '../api/types'
import { tellsLoaded } from './engine'
import { bytes, context } from './format'
import { serverLabel } from './lookup'
import { providerName, readable } from './refs'

export interface Entry {
  /** What is written into the config: a ref or an alias. */
  value: string
  name: string
  /** What is known of it, for the eye. */
  facts: string[]
  /** It is on a server and not in the config yet: these are its provider and id there. */
  add?: { provider: string; id: string; name: string; context?: number }
}

export interface Group {
  label: string
  entries: Entry[]
}

/** How many models of one server are offered beside those of the config. */
const mostListed = 100

/** All that can be chosen, by where it is. */
export function pickerGroups(form: ConfigForm, status: Status | null): Group[] {
  const aliases = aliasGroup(form)
  const providers = form.providers.map((p) => providerGroup(p, status))
  const all = [aliases, ...providers]
  for (const group of listedGroups(form, all)) {
    const same = all.find((g) => g.label === group.label)
    if (same) same.entries.push(...group.entries)
    else all.push(group)
  }
  return all.filter((g) => g.entries.length > 0)
}

function aliasGroup(form: ConfigForm): Group {
  const entries = form.models
    .filter((m) => m.alias)
    .map((m) => ({ value: m.alias ?? '', name: m.alias ?? '', facts: [m.ref] }))
  return { label: 'By alias', entries }
}

function providerGroup(p: ConfigProvider, status: Status | null): Group {
  const server = status?.servers.find((s) => s.id === p.server)
  const entries = p.models.map((m) => configured(p, m, server))
  const known = new Set(p.models.map((m) => m.id.toLowerCase()))
  if (!server) return { label: providerName(p.id), entries }
  const others = server.models.filter(
    (m) =>
      m.type !== 'embedding' &&
      !known.has(m.key.toLowerCase()) &&
      !m.instances.some((i) => known.has(i.id.toLowerCase())),
  )
  for (const m of mostOf(others)) {
    const most = loadedContext(m) ?? m.max_context_length
    const add = { provider: p.id, id: m.key, name: m.name, ...(most ? { context: most } : {}) }
    entries.push({
      value: `${p.id}/${m.key}`,
      name: m.name,
      facts: [...facts(m, server), 'not in the config yet'],
      add,
    })
  }
  return { label: status ? groupLabel(p, server, status) : providerName(p.id), entries }
}

/** What is in memory and then the first, where there are so many that a list is of no use; any can be typed. */
function mostOf(models: Model[]): Model[] {
  if (models.length <= mostListed) return models
  const held = (m: Model) => m.instances.length > 0
  return [...models.filter(held), ...models.filter((m) => !held(m))].slice(0, mostListed)
}

function groupLabel(p: ConfigProvider, server: Server, status: Status): string {
  const label = serverLabel(server, status.servers)
  return label === providerName(p.id) ? label : `${providerName(p.id)} (${label})`
}

function configured(p: ConfigProvider, m: ConfigModel, server: Server | undefined): Entry {
  const have = server && modelOn(server, m.id)
  const own = m.context_window ? [`${context(m.context_window)} in the config`] : []
  const known = have && server ? facts(have, server) : server?.state === 'up' ? ['not on the server'] : []
  return { value: `${p.id}/${m.id}`, name: have?.name || m.name || readable(m.id), facts: [...known, ...own] }
}

/** Models that the config lists of providers which OpenClaw knows by itself. */
function listedGroups(form: ConfigForm, groups: Group[]): Group[] {
  const known = new Set(groups.flatMap((g) => g.entries.map((e) => e.value)))
  const refs = [form.primary, ...form.fallbacks, ...form.models.map((m) => m.ref)].filter(
    (ref) => ref.includes('/') && !known.has(ref),
  )
  const by = new Map<string, Entry[]>()
  for (const ref of new Set(refs)) {
    const label = providerName(ref.slice(0, ref.indexOf('/')))
    by.set(label, [...(by.get(label) ?? []), { value: ref, name: readable(ref), facts: [] }])
  }
  return [...by].map(([label, entries]) => ({ label, entries }))
}

/** A model of a server by its key or by the id of an instance; "id@q4" names a variant. */
export function modelOn(server: Server, id: string): Model | undefined {
  for (const name of [id, id.replace(/@[^@]*$/, '')]) {
    const low = name.toLowerCase()
    const found = server.models.find(
      (m) => m.key.toLowerCase() === low || m.instances.some((i) => i.id.toLowerCase() === low),
    )
    if (found) return found
  }
  return undefined
}

function loadedContext(m: Model): number | undefined {
  const all = m.instances.flatMap((i) => (i.context_length ? [i.context_length] : []))
  return all.length > 0 ? Math.max(...all) : undefined
}

function facts(m: Model, server: Server): string[] {
  const loaded = loadedContext(m)
  const held = loaded ? `loaded with ${context(loaded)}` : 'loaded'
  return [
    ...(m.instances.length > 0 ? [held] : tellsLoaded(server) ? ['not loaded'] : []),
    ...(m.size_bytes ? [bytes(m.size_bytes)] : []),
    ...(loaded || !m.max_context_length ? [] : [`up to ${context(m.max_context_length)}`]),
  ]
}

/** One line of a list of choices. */
export function entryLine(e: Entry): string {
  return [e.name, ...e.facts].join(' · ')
}

// A form asks for the entry of each of hundreds of models.
const indexes = new WeakMap<Group[], Map<string, Entry>>()

/** What is known of the model that is chosen, and what its ref is where it is named by an alias. */
export function chosenEntry(groups: Group[], value: string): Entry | undefined {
  let index = indexes.get(groups)
  if (!index) {
    index = new Map()
    for (const g of groups) for (const e of g.entries) if (!index.has(e.value)) index.set(e.value, e)
    indexes.set(groups, index)
  }
  return index.get(value)
}

/** A model's own name, whatever other name the config has for it. */
export function modelLabel(groups: Group[], ref: string): string {
  return chosenEntry(groups, ref)?.name ?? readable(ref)
}

/** The ref that a name stands for. */
export function refOf(form: ConfigForm, name: string): string {
  if (name.includes('/')) return name
  return form.models.find((m) => m.alias?.toLowerCase() === name.toLowerCase())?.ref ?? name
}

/** The refs that the chain of any agent names. */
export function usedRefs(form: ConfigForm): Set<string> {
  const names = [form.primary, ...form.fallbacks, ...form.agents.flatMap((a) => [a.primary ?? '', ...a.fallbacks])]
  return new Set(names.map((n) => refOf(form, n)))
}
