// Pages of the fallback history, newest first, kept up to date by the events.

import { client, problemOf } from '../api/client'
import type { Fallback, Problem } from '../api/types'
import { fallbacksHref, filterQuery, fits, type FallbackFilter } from './fallback-filter'
import { merge, put } from './fallback-list'
import { live } from './live.svelte'
import { Meanwhile } from './meanwhile'

export class FallbackHistory {
  items = $state.raw<Fallback[] | null>(null)
  next = $state<string | undefined>()
  busy = $state(false)
  problem = $state<Problem | undefined>()
  /** The rows are still those of the filter before. */
  turning = $state(false)

  #size: number
  #filter: FallbackFilter
  #asked = 0
  #meanwhile = new Meanwhile<Fallback>()

  constructor(size: number, filter: FallbackFilter = {}) {
    this.#size = size
    this.#filter = filter
  }

  /** Reads the first page and follows the events; returns how to stop. */
  follow(): () => void {
    void this.#read()
    const stops = [live.onReady(() => void this.#read()), live.onFallback((f) => this.#told(f))]
    return () => stops.forEach((stop) => stop())
  }

  /** Takes another filter; what was shown stays until its rows are there. */
  show(filter: FallbackFilter): void {
    if (fallbacksHref(filter) === fallbacksHref(this.#filter)) return
    this.#filter = filter
    this.turning = true
    void this.#read()
  }

  /** Reads on where the last page ended. */
  more(): Promise<void> {
    return this.#read(this.next)
  }

  /** Tries again after a failure. */
  retry(): Promise<void> {
    return this.#read(this.items && !this.turning ? this.next : undefined)
  }

  /** The same fallback is told of again when more was found out about it. */
  #told(f: Fallback): void {
    this.#meanwhile.note(f)
    if (!this.items || this.turning) return
    this.items = put(this.items, f, fits(f, this.#query()), this.next === undefined)
  }

  #query() {
    return filterQuery(this.#filter, Date.now())
  }

  async #read(before?: string): Promise<void> {
    const turn = ++this.#asked
    this.busy = true
    if (!before) this.#meanwhile.begin()
    const answer = await client
      .GET('/api/fallbacks', {
        params: { query: { ...this.#query(), limit: this.#size, ...(before ? { before } : {}) } },
      })
      .catch(() => undefined)
    // Only the latest question counts: an older answer would undo a newer one.
    if (turn !== this.#asked) return
    this.busy = false
    this.problem = answer ? problemOf(answer) : { code: 'network', message: 'Pilotlight did not answer.' }
    const turned = this.turning
    this.turning = false
    if (!answer?.data) {
      // The rows of another filter would be taken for this one's.
      if (turned) this.items = null
      return
    }
    const { items, next } = answer.data
    if (before) {
      const known = new Set(this.items?.map((f) => f.id))
      this.items = [...(this.items ?? []), ...items.filter((f) => !known.has(f.id))]
      this.next = next
      return
    }
    const joined = merge(turned ? [] : (this.items ?? []), items)
    this.items = joined.items
    // What was read on of before still ends where it ended.
    if (!joined.whole) this.next = next
    for (const f of this.#meanwhile.end()) this.#told(f)
  }
}
