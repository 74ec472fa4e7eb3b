// The states of OpenClaw's config that Pilotlight knows of, newest first, kept
// up to date by the events.

import { client, problemOf } from '../api/client'
import type { ConfigNews, Problem, Revision } from '../api/types'
import { isLost } from './config-words'
import { live } from './live.svelte'

export class Revisions {
  items = $state.raw<Revision[] | null>(null)
  next = $state<string | undefined>()
  busy = $state(false)
  problem = $state<Problem | undefined>()

  #size: number
  #asked = 0

  constructor(size: number) {
    this.#size = size
  }

  /** Reads the first page and follows the events; returns how to stop. */
  follow(): () => void {
    void this.#read()
    const stops = [live.onReady(() => void this.#read()), live.onConfig((news) => this.#told(news))]
    return () => stops.forEach((stop) => stop())
  }

  more(): Promise<void> {
    return this.#read(this.next)
  }

  retry(): Promise<void> {
    return this.#read(this.items ? this.next : undefined)
  }

  /** The last edit made through Pilotlight, where it is lost. */
  get lost(): Revision | undefined {
    const ours = this.items?.find((r) => r.author !== 'outside')
    return ours && isLost(ours.verdict) ? ours : undefined
  }

  #told({ revision }: ConfigNews): void {
    if (!revision || !this.items) return
    const known = this.items.some((r) => r.id === revision.id)
    this.items = known
      ? this.items.map((r) => (r.id === revision.id ? { ...r, ...revision } : r))
      : [revision, ...this.items].sort((a, b) => b.id - a.id)
  }

  async #read(before?: string): Promise<void> {
    const turn = ++this.#asked
    this.busy = true
    const query = { limit: this.#size, ...(before ? { before: Number(before) } : {}) }
    const answer = await client.GET('/api/config/revisions', { params: { query } }).catch(() => undefined)
    // Only the latest question counts: an older answer would undo a newer one.
    if (turn !== this.#asked) return
    this.busy = false
    this.problem = answer ? problemOf(answer) : { code: 'network', message: 'Pilotlight did not answer.' }
    if (!answer?.data) return
    const { items, next } = answer.data
    const last = items.at(-1)?.id ?? 0
    // What was read on of before still ends where it ended.
    const older = before ? (this.items ?? []) : (this.items ?? []).filter((r) => r.id < last)
    this.items = before ? [...older, ...items] : [...items, ...older]
    if (before || older.length === 0) this.next = next
  }
}
