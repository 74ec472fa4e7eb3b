// What a load of one model would take, read once with its curve and again only
// after something was loaded or unloaded.

import { client } from '../api/client'
import type { WhatIf } from '../api/types'
import { live } from './live.svelte'
import { Reading } from './reading.svelte'

export class LoadFit {
  reading: Reading<WhatIf>

  constructor(server: string, model: string) {
    this.reading = new Reading(() =>
      client.GET('/api/models/fit', { params: { query: { server, model, curve: true } } }),
    )
  }

  /** Reads and follows the events; returns how to stop. */
  follow(): () => void {
    void this.reading.read()
    const stops = [live.onReady(() => void this.reading.read()), live.onLoad(() => this.reading.soon())]
    return () => {
      stops.forEach((stop) => stop())
      this.reading.stop()
    }
  }
}
