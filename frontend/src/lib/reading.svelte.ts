// One answer of the API that a page shows, read again whenever it may have
// changed.

import { problemOf, type Answer } from '../api/client'
import type { Problem } from '../api/types'

export class Reading<T> {
  value = $state.raw<T | null>(null)
  problem = $state<Problem | undefined>()

  #ask: () => Promise<Answer<T>>
  #asked = 0
  #soon: ReturnType<typeof setTimeout> | undefined

  constructor(ask: () => Promise<Answer<T>>) {
    this.#ask = ask
  }

  async read(): Promise<void> {
    clearTimeout(this.#soon)
    this.#soon = undefined
    const turn = ++this.#asked
    const answer = await this.#ask().catch(() => undefined)
    // Only the latest question counts: an older answer would undo a newer one.
    if (turn !== this.#asked) return
    this.problem = answer ? problemOf(answer) : { code: 'network', message: 'Pilotlight did not answer.' }
    if (answer?.data !== undefined) this.value = answer.data
  }

  /** Reads again in a moment, once for a whole burst of events. */
  soon(milliseconds = 400): void {
    this.#soon ??= setTimeout(() => void this.read(), milliseconds)
  }

  /** Ends what soon began. */
  stop(): void {
    clearTimeout(this.#soon)
    this.#soon = undefined
  }
}
