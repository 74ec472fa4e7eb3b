// What a person can ask of other machines. What runs and what failed is known
// by the machine, so that both are shown where they were asked for.

import { client, problemOf, type Answer } from '../api/client'
import type { Peer, Problem } from '../api/types'

class Machines {
  running = $state<Record<string, true | undefined>>({})
  problems = $state<Record<string, Problem | undefined>>({})

  dismiss(id: string): void {
    delete this.problems[id]
  }

  pause(id: string, seconds?: number): Promise<Problem | undefined> {
    const body = seconds === undefined ? {} : { seconds }
    return this.#run(id, () => client.POST('/api/peers/{id}/keep/pause', { params: at(id), body }))
  }

  resume(id: string): Promise<Problem | undefined> {
    return this.#run(id, () => client.POST('/api/peers/{id}/keep/resume', { params: at(id) }))
  }

  release(id: string): Promise<Problem | undefined> {
    return this.#run(id, () => client.DELETE('/api/peers/{id}/keep', { params: at(id) }))
  }

  keep(id: string, server: string, model: string, length?: number): Promise<Problem | undefined> {
    const body = { server, model, ...(length ? { context_length: length } : {}) }
    return this.#run(id, () => client.PUT('/api/peers/{id}/keep', { params: at(id), body }))
  }

  load(id: string, server: string, model: string, length?: number): Promise<Problem | undefined> {
    const body = { server, model, ...(length ? { context_length: length } : {}) }
    return this.#run(id, () => client.POST('/api/peers/{id}/models/load', { params: at(id), body }))
  }

  unload(id: string, server: string, instance: string, force: boolean): Promise<Problem | undefined> {
    const body = { server, instance_id: instance, ...(force ? { force } : {}) }
    return this.#run(id, () => client.POST('/api/peers/{id}/models/unload', { params: at(id), body }))
  }

  remove(id: string): Promise<Problem | undefined> {
    return this.#run(id, () => client.DELETE('/api/peers/{id}', { params: at(id) }))
  }

  async #run(id: string, send: () => Promise<Answer<unknown>>): Promise<Problem | undefined> {
    if (this.running[id]) return undefined
    this.running[id] = true
    delete this.problems[id]
    const problem = await asked(send)
    if (problem) this.problems[id] = problem
    delete this.running[id]
    return problem
  }
}

const at = (id: string) => ({ path: { id } })

/** Adds a machine, or gives one that is there another name or token; what went wrong comes back. */
export function savePeer(
  before: Peer | undefined,
  wish: { url: string; token: string; name: string },
): Promise<Problem | undefined> {
  const [url, token, name] = [wish.url.trim(), wish.token.trim(), wish.name.trim()]
  if (!before) return asked(() => client.POST('/api/peers', { body: { url, token, ...(name ? { name } : {}) } }))
  const body = { ...(token ? { token } : {}), ...(name && name !== before.name ? { name } : {}) }
  return asked(() => client.PATCH('/api/peers/{id}', { params: at(before.id), body }))
}

async function asked(send: () => Promise<Answer<unknown>>): Promise<Problem | undefined> {
  try {
    return problemOf(await send())
  } catch {
    return {
      code: 'network',
      message: 'Pilotlight did not answer.',
      hint: 'What you asked for may still happen. Try again when the page is live.',
    }
  }
}

export const machines = new Machines()
