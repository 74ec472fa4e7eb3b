// The machine's figures of the last hour, read once and then kept up by events.

import { client } from '../api/client'
import type { Sample, Samples } from '../api/types'
import { live } from './live.svelte'
import { Reading } from './reading.svelte'
import { append, type Point } from './spark'

/** Series by their names in the API: memory.used, gpu.ID.utilization. */
type Lines = Record<string, Point[]>

const points = 180

export class LastHour {
  lines = $state.raw<Lines>({})
  /** What a row of the history covers, in milliseconds. */
  step = $state(0)
  reading: Reading<Samples>

  constructor(names: string[]) {
    this.reading = new Reading(() => client.GET('/api/samples', { params: { query: { points, name: names } } }))
  }

  /** Reads and follows the events; returns how to stop. */
  follow(): () => void {
    void this.#read()
    const stops = [live.onReady(() => void this.#read()), live.onSample((s) => this.#add(s))]
    return () => stops.forEach((stop) => stop())
  }

  async #read(): Promise<void> {
    await this.reading.read()
    const got = this.reading.value
    if (!got) return
    this.step = got.step_seconds * 1000
    this.lines = Object.fromEntries(
      got.items.map((s) => [s.name, got.at_ms.map((at, i) => ({ at, value: s.mean[i] ?? null }))]),
    )
  }

  #add(sample: Sample): void {
    const at = Date.parse(sample.at)
    const next: Lines = { ...this.lines }
    const put = (name: string, value: number | undefined) => {
      // What a sample does not tell is no point: the line ends when the gap is long enough.
      if (value !== undefined) next[name] = append(next[name] ?? [], { at, value })
    }
    put('memory.used', sample.memory?.used_bytes)
    for (const g of sample.gpus) if (g.id) put(useName(g.id), g.utilization)
    this.lines = next
  }
}

/** The name of the series of a GPU's use. */
export function useName(id: string): string {
  return `gpu.${id}.utilization`
}
