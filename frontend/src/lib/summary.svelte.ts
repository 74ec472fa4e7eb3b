// Fallbacks counted: of the heat map's weeks and of today. Read again after
// each event, and when the day turns.

import { client } from '../api/client'
import type { FallbackSummary } from '../api/types'
import { dayKey } from './format'
import { heatStart } from './heat'
import { live } from './live.svelte'
import { Reading } from './reading.svelte'

export class Counts {
  all = new Reading<FallbackSummary>(() => ask(heatStart(Date.now())))
  today = new Reading<FallbackSummary>(() => ask(new Date(new Date().setHours(0, 0, 0, 0))))
  /** The day that was counted as today. */
  day = $state('')

  /** Reads and follows the events; returns how to stop. */
  follow(): () => void {
    this.read()
    const soon = () => [this.all, this.today].forEach((r) => r.soon())
    const stops = [live.onReady(() => this.read()), live.onFallback(soon)]
    return () => {
      stops.forEach((stop) => stop())
      this.all.stop()
      this.today.stop()
    }
  }

  read(): void {
    this.day = dayKey(new Date())
    void this.all.read()
    void this.today.read()
  }
}

function ask(since: Date) {
  return client.GET('/api/fallbacks/summary', { params: { query: { since: since.toISOString() } } })
}
