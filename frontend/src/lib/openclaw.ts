// How OpenClaw and its chain of models stand, in words. Pure.

import type { Hop, Instance, OpenClaw, Server, Status } from '../api/types'
import { hostWords, isHosted, latencyPart, serverState } from './engine'
import { capital, context, tokens } from './format'
import { useWords, type Part } from './headline'
import { modelOf, serverLabel, serverOf } from './lookup'
import { providerName } from './refs'
import { usableHint, type Told, type Tone } from './words'

const hopStates: Record<Hop['state'], Told> = {
  warm: { tone: 'ok', text: 'warm' },
  loading: { tone: 'warn', text: 'loading…' },
  not_loaded: { tone: 'warn', text: 'not loaded' },
  missing: { tone: 'bad', text: 'not there' },
  server_off: { tone: 'bad', text: 'server off' },
  down: { tone: 'bad', text: 'no answer' },
  needs_token: { tone: 'bad', text: 'wants a token' },
  hosted: { tone: 'quiet', text: 'hosted' },
  elsewhere: { tone: 'quiet', text: 'elsewhere' },
  unknown: { tone: 'quiet', text: 'not known' },
}

const hopWhy: Record<Hop['state'], string> = {
  warm: 'In memory, so it answers at once',
  loading: 'Being loaded right now',
  not_loaded: 'The first request has to wait until it is loaded',
  missing: 'Its server has no model of this name',
  server_off: 'LM Studio runs, and its server is switched off',
  down: 'Its server does not answer',
  needs_token: 'Its server answers nobody without a token',
  hosted: 'A provider on the internet, which Pilotlight does not watch',
  elsewhere: 'On a server that Pilotlight does not watch',
  unknown: 'Not looked at yet',
}

const hostedWhy: Record<Exclude<Server['state'], 'unknown'>, string> = {
  up: 'A provider on the internet, which answered when it was last asked.',
  down: 'A provider on the internet, which did not answer when it was last asked.',
  server_off: 'A provider on the internet, which did not answer when it was last asked.',
  needs_token: 'A provider on the internet, which does not take the key that it was asked with.',
}

/** How a model of the chain stands now; the title is the reason. */
export function hopWords(hop: Hop, server?: Server): Told & { title: string } {
  if (server && isHosted(server) && server.state !== 'unknown')
    return { ...serverState(server), title: `${hostedWhy[server.state]} Asking costs nothing.` }
  const known = hopStates[hop.state] ?? hopStates.unknown
  return { ...known, title: hopWhy[hop.state] ?? hopWhy.unknown }
}

/** Where a model of the chain is, what it holds, when it was used. */
export function hopParts(hop: Hop, status: Status, now: number): Part[] {
  const instance = hopInstance(hop, status)
  const size = hopContext(hop, instance)
  const use = instance && useWords(instance, now)
  return [hopWhere(hop, status), ...hostedParts(hop, status), ...(size ? [size] : []), ...(use ? [use] : [])]
}

/** How far away a hosted provider is, and where it answers from. */
function hostedParts(hop: Hop, status: Status): Part[] {
  const server = hop.server ? serverOf(status, hop.server) : undefined
  if (!server || !isHosted(server)) return []
  const far = latencyPart(server)
  const region = server.region ? { text: server.region, title: 'Where it answers from' } : undefined
  return [far, region].filter((p) => p !== undefined)
}

function hopWhere(hop: Hop, status: Status): Part {
  const server = hop.server ? serverOf(status, hop.server) : undefined
  const title = hop.base_url
  if (!server) return { text: providerName(hop.provider), title }
  const label = serverLabel(server, status.servers)
  const host = hostWords(server, label)
  return { text: host ? `${label} ${host.text}` : label, title: title ?? server.url }
}

function hopInstance(hop: Hop, status: Status): Instance | undefined {
  const instances = hop.server && hop.key ? modelOf(status, hop.server, hop.key)?.instances : undefined
  return instances?.find((i) => i.id === status.keep.instance_id) ?? instances?.[0]
}

function hopContext(hop: Hop, instance: Instance | undefined): Part | undefined {
  const got = instance?.context_length ?? hop.context_window
  if (!got) return undefined
  const basis = instance?.context_length ? 'loaded with' : "OpenClaw's config says"
  return { text: `${context(got)} context`, title: `${capital(basis)} ${tokens(got)}` }
}

/**
 * A model that is loaded with less than OpenClaw counts on: a long conversation
 * will not fit, though the config says that it does.
 */
export function hopShort(hop: Hop, status: Status): string | undefined {
  const got = hopInstance(hop, status)?.context_length
  const counted = hop.context_window
  if (!got || !counted || got >= counted) return undefined
  return `OpenClaw counts on ${context(counted)}`
}

/** Something about OpenClaw that a person should know. */
export interface Snag {
  tone: Tone
  text: string
  hint?: string
  /** Each thing wrong, where there are several. */
  list: { path: string; message: string }[]
}

/** What keeps Pilotlight from seeing fallbacks, the worst first; empty when all is well. */
export function snags(oc: OpenClaw | undefined): Snag[] {
  if (!oc) return []
  if (!oc.found)
    return [
      quiet(
        'OpenClaw was not found on this machine, so its fallbacks cannot be seen.',
        'It is found by itself once it is there.',
      ),
    ]
  return [...configSnags(oc), ...logSnags(oc), ...gatewaySnags(oc)]
}

function quiet(text: string, hint?: string): Snag {
  return { tone: 'quiet', text, hint, list: [] }
}

function configSnags(oc: OpenClaw): Snag[] {
  if (oc.config_valid) return []
  return [
    {
      tone: 'warn',
      text: "OpenClaw's config cannot be used as it stands, so who answers is not known.",
      hint: `Mend \`${oc.config_path}\`. Pilotlight reads it again when it changes.`,
      list: oc.issues,
    },
  ]
}

function logSnags(oc: OpenClaw): Snag[] {
  if (oc.log_readable) return []
  if (oc.log_error)
    return [
      {
        tone: 'warn',
        text: `New fallbacks cannot be seen: ${oc.log_error.message.replace(/\.$/, '')}.`,
        hint: usableHint(oc.log_error.hint),
        list: [],
      },
    ]
  const where = oc.log_path ? `Pilotlight looks for it at \`${oc.log_path}\`.` : undefined
  return [quiet('OpenClaw has not written a log yet, so no fallback was seen.', where)]
}

function gatewaySnags(oc: OpenClaw): Snag[] {
  return oc.gateway === 'down' ? [quiet("OpenClaw's gateway does not run, so nobody asks its models now.")] : []
}
