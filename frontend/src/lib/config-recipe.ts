// What a person may choose for a recipe. Pure.

import type { ConfigForm, Status } from '../api/types'
import { refOf } from './config-picker'
import { serverLabel } from './lookup'
import { readable } from './refs'

export interface RecipeQuery {
  server?: string
  local?: string
  hosted?: string
  region?: 'us' | 'eu'
}

export interface RecipeChoice {
  key: 'local' | 'hosted' | 'region'
  label: string
  options: { label: string; query: RecipeQuery }[]
  /** What going back to Pilotlight's own choice takes away. */
  clears: (keyof RecipeQuery)[]
}

/** The choices of one recipe; none where there is nothing to choose between. */
export function recipeChoices(id: string, form: ConfigForm | undefined, status: Status | null): RecipeChoice[] {
  if (id === 'regional')
    return [
      {
        key: 'region',
        label: 'Region',
        options: [
          { label: 'United States', query: { region: 'us' } },
          { label: 'Europe', query: { region: 'eu' } },
        ],
        clears: ['region'],
      },
    ]
  const kind = id === 'openai-compatible' ? 'openai' : 'lmstudio'
  const local = localChoice(kind, status)
  const hosted = id === 'hosted-first' || id === 'local-first' ? hostedChoice(form, status) : undefined
  return [local, hosted].filter((c) => c !== undefined && c.options.length > 1) as RecipeChoice[]
}

function localChoice(kind: string, status: Status | null): RecipeChoice {
  const options = (status?.servers ?? [])
    .filter((s) => s.kind === kind)
    .flatMap((s) =>
      s.models
        .filter((m) => m.type !== 'embedding')
        .map((m) => ({
          label: `${m.name} · ${serverLabel(s, status?.servers ?? [])}${m.instances.length > 0 ? ' · loaded' : ''}`,
          query: { server: s.id, local: m.key },
        })),
    )
  return { key: 'local', label: 'Local model', options, clears: ['server', 'local'] }
}

function hostedChoice(form: ConfigForm | undefined, status: Status | null): RecipeChoice {
  const locals = new Set(
    (form?.providers ?? []).filter((p) => p.server && status?.servers.some((s) => s.id === p.server)).map((p) => p.id),
  )
  const refs = form
    ? [form.primary, ...form.fallbacks, ...form.models.map((m) => m.ref)].map((n) => refOf(form, n))
    : []
  const options = [...new Set(refs)]
    .filter((ref) => ref.includes('/') && !locals.has(ref.slice(0, ref.indexOf('/'))))
    .map((ref) => ({ label: `${readable(ref)} · ${ref}`, query: { hosted: ref } }))
  return { key: 'hosted', label: 'Hosted model', options, clears: ['hosted'] }
}
