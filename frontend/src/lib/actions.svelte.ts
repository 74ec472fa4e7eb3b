// What a person can ask of the agent. Each action is known by a name, under
// which its progress and its failure can be shown where it was asked for, also
// after the person went to another place and came back.

import { client, problemOf, type Answer } from '../api/client'
import type { Keep, Policy, Problem } from '../api/types'
import { live } from './live.svelte'

export interface Want {
  server: string
  model: string
  context_length?: number
  policy?: Policy
  /** Keep it warm by requests of one token, which may cost money. */
  ask?: boolean
}

const lastKey = 'pilotlight.last-keep'

class Actions {
  /** When each running action began, in milliseconds since 1970. */
  running = $state<Record<string, number>>({})
  problems = $state<Record<string, Problem | undefined>>({})
  /** What each finished check found. */
  checked = $state<Record<string, string>>({})
  /** What came of each remedy. */
  fixed = $state<Record<string, string>>({})
  /** What was kept before it was released, so that one click takes it up again. */
  last = $state.raw<Want | null>(readLast())

  dismiss(name: string): void {
    delete this.problems[name]
  }

  keep(want: Want): Promise<Problem | undefined> {
    return this.#keepChange(() => client.PUT('/api/keep', { body: want }))
  }

  release(): Promise<Problem | undefined> {
    const keep = live.status?.keep
    if (keep) this.#remember(keep)
    return this.#keepChange(() => client.DELETE('/api/keep'))
  }

  pause(seconds?: number): Promise<Problem | undefined> {
    return this.#keepChange(() => client.POST('/api/keep/pause', { body: seconds === undefined ? {} : { seconds } }))
  }

  resume(): Promise<Problem | undefined> {
    return this.#keepChange(() => client.POST('/api/keep/resume'))
  }

  /** Lets the instance that is in the keep's way be replaced without proof that it is idle. */
  replace(): Promise<Problem | undefined> {
    return this.#keepChange(() => client.POST('/api/keep/replace'))
  }

  load(server: string, model: string, contextLength?: number): Promise<Problem | undefined> {
    const body = contextLength === undefined ? { server, model } : { server, model, context_length: contextLength }
    return this.#run(loadName(server, model), () => client.POST('/api/models/load', { body }))
  }

  unload(server: string, instance: string, force = false): Promise<Problem | undefined> {
    const body = { server, instance_id: instance, ...(force ? { force } : {}) }
    return this.#run(instanceName(server, instance), () => client.POST('/api/models/unload', { body }))
  }

  async check(server: string, instance: string): Promise<void> {
    const name = instanceName(server, instance)
    delete this.checked[name]
    const began = Date.now()
    const problem = await this.#run(name, () =>
      client.POST('/api/models/check', { body: { server, instance_id: instance } }),
    )
    if (!problem) this.checked[name] = `It answered after ${((Date.now() - began) / 1000).toFixed(1)} s.`
  }

  /** Carries out the remedy of a fallback, which for a load takes minutes. */
  async fix(id: number): Promise<void> {
    const name = fixName(id)
    delete this.fixed[name]
    await this.#run(
      name,
      () => client.POST('/api/fallbacks/{id}/fix', { params: { path: { id } } }),
      (fixed) => (this.fixed[name] = fixed.text),
    )
  }

  async #keepChange(send: () => Promise<Answer<Keep>>): Promise<Problem | undefined> {
    return this.#run('keep', send, (keep) => live.applyKeep(keep))
  }

  async #run<T>(name: string, send: () => Promise<Answer<T>>, apply?: (data: T) => void): Promise<Problem | undefined> {
    if (this.running[name]) return undefined
    this.running[name] = Date.now()
    delete this.problems[name]
    try {
      const answer = await send()
      const problem = problemOf(answer)
      if (problem) this.problems[name] = problem
      else if (answer.data !== undefined) apply?.(answer.data)
      return problem
    } catch {
      const problem = {
        code: 'network',
        message: 'Pilotlight did not answer.',
        hint: 'What you asked for may still happen. Try again when the page is live.',
      }
      this.problems[name] = problem
      return problem
    } finally {
      delete this.running[name]
    }
  }

  #remember(keep: Keep): void {
    const { server, model, context_length, policy, ask } = keep
    this.last = { server, model, ...(context_length ? { context_length } : {}), policy, ...(ask ? { ask } : {}) }
    try {
      localStorage.setItem(lastKey, JSON.stringify(this.last))
    } catch {
      // Storage may be forbidden; the page then forgets when it closes.
    }
  }
}

function readLast(): Want | null {
  try {
    const want = JSON.parse(localStorage.getItem(lastKey) ?? 'null') as Want | null
    return want && typeof want.server === 'string' && typeof want.model === 'string' ? want : null
  } catch {
    return null
  }
}

/** The name under which loading a model runs. */
export function loadName(server: string, model: string): string {
  return `load ${server} ${model}`
}

/** The name under which unloading or checking an instance runs. */
export function instanceName(server: string, instance: string): string {
  return `instance ${server} ${instance}`
}

/** The name under which the remedy of a fallback is carried out. */
export function fixName(id: number): string {
  return `fix ${id}`
}

export const actions = new Actions()
