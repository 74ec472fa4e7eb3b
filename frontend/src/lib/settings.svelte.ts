// What a person chose of Pilotlight itself. Each change is saved at once; the
// latest one wins.

import { client, problemOf } from '../api/client'
import type { Problem, Settings } from '../api/types'
import { live } from './live.svelte'
import { Reading } from './reading.svelte'

export class SettingsForm {
  reading = new Reading<Settings>(() => client.GET('/api/settings'))
  problem = $state<Problem | undefined>()
  /** Whether the last change was taken. */
  saved = $state(false)
  #turn = 0

  /** Reads, and again when the connection comes back; returns how to stop. */
  follow(): () => void {
    void this.reading.read()
    return live.onReady(() => void this.reading.read())
  }

  async save(settings: Settings): Promise<void> {
    const turn = ++this.#turn
    const before = this.reading.value
    // Turned at once, and turned back when the agent says no.
    this.reading.value = settings
    this.problem = undefined
    this.saved = false
    const answer = await client.PUT('/api/settings', { body: settings }).catch(() => undefined)
    if (turn !== this.#turn) return
    this.problem = answer ? problemOf(answer) : { code: 'network', message: 'Pilotlight did not answer.' }
    this.reading.value = answer?.data ?? before
    this.saved = answer?.data !== undefined
  }
}
