// Whether Pilotlight starts at login, read and switched.

import { client, problemOf } from '../api/client'
import type { Login, Problem } from '../api/types'
import { Reading } from './reading.svelte'

export class LoginSwitch {
  reading = new Reading<Login>(() => client.GET('/api/login'))
  problem = $state<Problem | undefined>()
  busy = $state(false)

  async set(enabled: boolean): Promise<void> {
    this.problem = undefined
    this.busy = true
    const answer = await client.PUT('/api/login', { body: { enabled } }).catch(() => undefined)
    this.busy = false
    this.problem = answer ? problemOf(answer) : { code: 'network', message: 'Pilotlight did not answer.' }
    if (answer?.data) this.reading.value = answer.data
  }
}
