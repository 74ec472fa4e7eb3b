// The one clock of the page, and its only repeating timer. It stands still
// while the page is hidden.

import { untrack } from 'svelte'

const slow = 10_000
const fast = 1_000

class Clock {
  /** Milliseconds since 1970, at most one tick old while the page is seen. */
  now = $state(Date.now())

  #timer: ReturnType<typeof setTimeout> | undefined
  #hurried = 0
  #listeners = new Set<(now: number) => void>()

  start(): void {
    document.addEventListener('visibilitychange', () => this.#tick())
    this.#tick()
  }

  /** Ticks each second until the returned function is called: for what counts seconds. */
  hurry(): () => void {
    this.#hurried++
    // An effect that hurries the clock must not depend on what a tick reads.
    if (this.#hurried === 1) untrack(() => this.#tick())
    let done = false
    return () => {
      if (!done) this.#hurried--
      done = true
    }
  }

  /** Calls f on every tick. */
  onTick(f: (now: number) => void): void {
    this.#listeners.add(f)
  }

  #tick(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (document.hidden) return
    this.now = Date.now()
    for (const f of this.#listeners) f(this.now)
    // On the full second, so that all countdowns of a page step together.
    const period = this.#hurried > 0 ? fast : slow
    this.#timer = setTimeout(() => this.#tick(), period - (Date.now() % period) || period)
  }
}

export const clock = new Clock()
