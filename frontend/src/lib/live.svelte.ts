// The one standing connection to the agent, and the state that it brings.

import { client, problemOf } from '../api/client'
import type { ConfigNews, Fallback, Keep, Load, Notice, Sample, Status } from '../api/types'
import { clock } from './clock.svelte'

/**
 * connecting: nothing heard yet. live: events come. lost: the agent does not
 * answer, and what is shown is old. signed-out: it answers and wants a sign-in.
 */
export type Link = 'connecting' | 'live' | 'lost' | 'signed-out'

/** The agent says something every 15 s; after two and a half of those it is gone. */
const silence = 38_000
/** How long a hidden page keeps its connection. */
const patience = 5 * 60_000
const longestWait = 30_000

class Live {
  status = $state.raw<Status | null>(null)
  link = $state<Link>('connecting')
  /** When something was last heard, in milliseconds since 1970. */
  heardAt = $state(0)

  #source: EventSource | undefined
  #onLoad = new Set<(load: Load) => void>()
  #onFallback = new Set<(fallback: Fallback) => void>()
  #onConfig = new Set<(news: ConfigNews) => void>()
  #onSample = new Set<(sample: Sample) => void>()
  #onReady = new Set<() => void>()
  #openedAt = 0
  #retryAt = 0
  #failures = 0
  #sleep: ReturnType<typeof setTimeout> | undefined

  start(): void {
    this.#open()
    clock.onTick((now) => this.#check(now))
    document.addEventListener('visibilitychange', () => {
      clearTimeout(this.#sleep)
      if (document.hidden) this.#sleep = setTimeout(() => this.#rest(), patience)
      else if (!this.#source || this.link === 'signed-out') this.#open()
    })
  }

  /** Calls f for each new row of the load history; returns how to stop. */
  onLoad(f: (load: Load) => void): () => void {
    this.#onLoad.add(f)
    return () => this.#onLoad.delete(f)
  }

  /** Calls f for each new fallback, and again when more was found out about one; returns how to stop. */
  onFallback(f: (fallback: Fallback) => void): () => void {
    this.#onFallback.add(f)
    return () => this.#onFallback.delete(f)
  }

  /** Calls f when OpenClaw's config was written, and when it is known what became of an edit; returns how to stop. */
  onConfig(f: (news: ConfigNews) => void): () => void {
    this.#onConfig.add(f)
    return () => this.#onConfig.delete(f)
  }

  /** Calls f for each reading of the machine; returns how to stop. */
  onSample(f: (sample: Sample) => void): () => void {
    this.#onSample.add(f)
    return () => this.#onSample.delete(f)
  }

  /** Calls f each time the connection comes back, when events may have been missed. */
  onReady(f: () => void): () => void {
    this.#onReady.add(f)
    return () => this.#onReady.delete(f)
  }

  /** Takes in a keep that an action answered with, ahead of its event. */
  applyKeep(keep: Keep): void {
    if (this.status) this.status = { ...this.status, keep }
  }

  /** Takes in that a person has seen the fallbacks up to this one. */
  applySeen(id: number): void {
    if (this.status?.last_fallback?.id === id) this.status = { ...this.status, fallback_unseen: false }
  }

  /** Looks again at once: for a button. */
  retry(): void {
    this.#failures = 0
    this.#open()
  }

  #open(): void {
    this.#close()
    this.#retryAt = 0
    this.#openedAt = Date.now()
    const source = new EventSource('/api/events')
    this.#source = source
    const on = <T>(kind: string, f: (data: T) => void) =>
      source.addEventListener(kind, (e) => {
        if (source === this.#source) this.#heard(() => f(JSON.parse((e as MessageEvent<string>).data) as T))
      })
    on<Status>('state', (status) => (this.status = status))
    on<Keep>('keep', (keep) => this.applyKeep(keep))
    on<Notice>('notice', (notice) => this.#applyNotice(notice))
    on<Load>('load', (load) => {
      for (const f of this.#onLoad) f(load)
    })
    on<Fallback>('fallback', (fallback) => {
      for (const f of this.#onFallback) f(fallback)
    })
    on<ConfigNews>('config', (news) => {
      for (const f of this.#onConfig) f(news)
    })
    on<Sample>('sample', (sample) => {
      if (this.status) this.status = { ...this.status, machine: sample }
      for (const f of this.#onSample) f(sample)
    })
    on('heartbeat', () => undefined)
    source.onerror = () => {
      if (source !== this.#source) return
      if (source.readyState === EventSource.CLOSED) void this.#diagnose()
      else if (this.link !== 'signed-out') this.link = 'lost'
    }
  }

  /** Ends the connection of a page that nobody looks at. */
  #rest(): void {
    this.#close()
    if (this.link === 'live') this.link = 'connecting'
  }

  #close(): void {
    this.#source?.close()
    this.#source = undefined
  }

  #heard(apply: () => void): void {
    apply()
    this.heardAt = Date.now()
    if (this.link === 'live') return
    this.link = 'live'
    this.#failures = 0
    for (const f of this.#onReady) f()
  }

  #applyNotice(notice: Notice): void {
    if (!this.status) return
    const others = this.status.notices.filter((n) => n.id !== notice.id)
    this.status = { ...this.status, notices: [notice, ...others] }
  }

  /** An EventSource tells no reason for giving up; a plain request does. */
  async #diagnose(): Promise<void> {
    this.#close()
    const answer = await client.GET('/api/status').catch(() => undefined)
    // Meanwhile the connection may have been opened anew.
    if (this.#source) return
    if (answer && problemOf(answer)?.code === 'unauthorized') {
      this.link = 'signed-out'
      return
    }
    this.link = 'lost'
    this.#failures++
    this.#retryAt = Date.now() + Math.min(longestWait, 1000 * 2 ** this.#failures)
  }

  #check(now: number): void {
    if (this.link === 'signed-out') return
    if (this.#retryAt > 0) {
      if (now >= this.#retryAt) this.#open()
      return
    }
    if (now - Math.max(this.heardAt, this.#openedAt) > silence) {
      this.link = 'lost'
      this.#open()
    }
  }
}

export const live = new Live()
