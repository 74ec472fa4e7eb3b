// What the instances in this machine's memory were reckoned to take. Asked once
// for each model at each context: what a cache takes there does not change.

import { client } from '../api/client'
import { heldKey, type Held, type Reckoned } from './memory'

class HeldFits {
  fits = $state.raw<Reckoned>({})
  #asked = new Set<string>()

  /** Asks for those that were not asked for yet. */
  want(all: Held[]): void {
    for (const h of all) {
      const key = heldKey(h)
      if (h.model.type !== 'llm' || !h.instance.context_length || this.#asked.has(key)) continue
      this.#asked.add(key)
      void this.#ask(key, h)
    }
  }

  async #ask(key: string, { server, model, instance }: Held): Promise<void> {
    const query = { server: server.id, model: model.key, context_length: instance.context_length }
    const answer = await client.GET('/api/models/fit', { params: { query } }).catch(() => undefined)
    if (answer?.data) this.fits = { ...this.fits, [key]: answer.data.fit }
    // It is asked again when the page is opened anew; the bar does without.
  }
}

export const heldFits = new HeldFits()
