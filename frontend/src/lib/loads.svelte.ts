// Pages of the load history, newest first, kept up to date by the events.

import { client, problemOf } from '../api/client'
import type { Load, Problem } from '../api/types'
import { live } from './live.svelte'
import { Meanwhile } from './meanwhile'

export interface LoadFilter {
  server?: string
  model?: string
  event?: Load['event']
}

export class LoadHistory {
  items = $state.raw<Load[] | null>(null)
  next = $state<string | undefined>()
  busy = $state(false)
  problem = $state<Problem | undefined>()

  #size: number
  #filter: LoadFilter
  #asked = 0
  #meanwhile = new Meanwhile<Load>()

  constructor(size: number, filter: LoadFilter = {}) {
    this.#size = size
    this.#filter = filter
  }

  /** Reads the first page and follows the events; returns how to stop. */
  follow(): () => void {
    void this.#read()
    const stops = [live.onReady(() => void this.#read()), live.onLoad((load) => this.#add(load))]
    return () => stops.forEach((stop) => stop())
  }

  /** Reads on where the last page ended. */
  more(): Promise<void> {
    return this.#read(this.next)
  }

  /** Tries again after a failure. */
  retry(): Promise<void> {
    return this.#read(this.items ? this.next : undefined)
  }

  #add(load: Load): void {
    this.#meanwhile.note(load)
    const { server, model, event } = this.#filter
    if (event && load.event !== event) return
    if ((server && load.server !== server) || (model && load.model !== model)) return
    if (!this.items || this.items.some((x) => x.id === load.id)) return
    this.items = [load, ...this.items]
  }

  async #read(before?: string): Promise<void> {
    const turn = ++this.#asked
    this.busy = true
    if (!before) this.#meanwhile.begin()
    const answer = await client
      .GET('/api/loads', {
        params: {
          query: { ...this.#filter, limit: this.#size, ...(before ? { before: Number(before) } : {}) },
        },
      })
      .catch(() => undefined)
    // Only the latest question counts: an older answer would undo a newer one.
    if (turn !== this.#asked) return
    this.busy = false
    this.problem = answer ? problemOf(answer) : { code: 'network', message: 'Pilotlight did not answer.' }
    if (!answer?.data) return
    this.items = before && this.items ? [...this.items, ...answer.data.items] : answer.data.items
    this.next = answer.data.next
    if (!before) for (const load of this.#meanwhile.end()) this.#add(load)
  }
}
