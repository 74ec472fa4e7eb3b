// The doctor's report, and the mends that were asked for. One for the whole
// page, so that a mend goes on and is told of wherever the person went.

import { client, problemOf } from '../api/client'
import type { Check, Mended, Problem, Report } from '../api/types'
import { withCheck } from './doctor'
import { found } from './found.svelte'
import { live } from './live.svelte'

/** How soon after a change the report is read again, and how seldom at most. */
const soon = 1_200
const seldom = 5_000

const silent: Problem = {
  code: 'network',
  message: 'Pilotlight did not answer.',
  hint: 'Try again when the page is live.',
}

/** A mend of a check: being done while nothing came of it. */
export interface Mend {
  label: string
  began: number
  done?: Mended
  problem?: Problem
}

class Doctor {
  report = $state.raw<Report | null>(null)
  problem = $state.raw<Problem | undefined>()
  /** Since when a person waits for a new look, in milliseconds since 1970. */
  looking = $state<number | undefined>()
  /** The last mend of each check. */
  mends = $state<Record<string, Mend>>({})

  #asked = 0
  #readAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #due = false

  /** Reads the report and follows what happens; returns how to stop. */
  follow(): () => void {
    void this.#read(false)
    const again = () => this.again()
    const stops = [live.onReady(again), live.onConfig(again), live.onLoad(again), live.onFallback(again)]
    const seen = () => {
      if (!document.hidden && this.#due) this.again()
    }
    document.addEventListener('visibilitychange', seen)
    return () => {
      stops.forEach((stop) => stop())
      document.removeEventListener('visibilitychange', seen)
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }

  /** Something happened: reads again in a moment, once for a burst, and never in the background. */
  again(): void {
    this.#due = true
    if (document.hidden || this.#timer !== undefined) return
    const wait = Math.max(soon, this.#readAt + seldom - Date.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (!document.hidden) void this.#read(false)
    }, wait)
  }

  /** Reads again what is older than that. */
  refresh(olderThan: number): void {
    if (this.#readAt > 0 && Date.now() - this.#readAt > olderThan) this.again()
  }

  /** Looks at everything anew, for a button. */
  async look(): Promise<void> {
    if (this.looking !== undefined) return
    this.looking = Date.now()
    try {
      await this.#read(true)
    } finally {
      this.looking = undefined
    }
  }

  async #read(fresh: boolean): Promise<void> {
    const turn = ++this.#asked
    this.#due = false
    this.#readAt = Date.now()
    const answer = await client.GET('/api/doctor', { params: { query: fresh ? { fresh } : {} } }).catch(() => undefined)
    // Only the latest question counts: an older answer would undo a newer one.
    if (turn !== this.#asked) return
    this.problem = answer ? problemOf(answer) : silent
    if (answer?.data) this.#take(answer.data)
  }

  #take(report: Report): void {
    this.report = report
    found.last = { fail: report.fail, warn: report.warn, at: report.at }
  }

  /** What a mend would do, without doing it. */
  async preview(check: string, fix: string): Promise<{ plan?: Mended; problem?: Problem }> {
    const answer = await this.#ask(check, fix, true)
    return { plan: answer?.data, problem: answer ? problemOf(answer) : silent }
  }

  /** Carries a mend out, which for a load takes minutes. */
  async mend(check: Check, fix: { id: string; label: string }): Promise<void> {
    if (this.mending(check.id)) return
    const began = Date.now()
    this.mends[check.id] = { label: fix.label, began }
    const answer = await this.#ask(check.id, fix.id, false)
    const problem = answer ? problemOf(answer) : { ...silent, hint: 'It may have been done all the same.' }
    this.mends[check.id] = { label: fix.label, began, problem, done: problem ? undefined : answer?.data }
    const after = answer?.data?.check
    // What was read meanwhile knows nothing of it.
    this.#asked++
    if (after && this.report) this.#take(withCheck(this.report, after))
    this.again()
  }

  mending(check: string): boolean {
    const mend = this.mends[check]
    return mend !== undefined && !mend.done && !mend.problem
  }

  dismiss(check: string): void {
    if (!this.mending(check)) delete this.mends[check]
  }

  #ask(check: string, fix: string, dry: boolean) {
    return client
      .POST('/api/doctor/{check}/fix', {
        params: { path: { check } },
        body: { fix, ...(dry ? { dry_run: true } : {}) },
      })
      .catch(() => undefined)
  }

  /** The report as text, with everything private removed by the agent. */
  async text(): Promise<{ text?: string; problem?: Problem }> {
    const answer = await client.GET('/api/doctor/report', { parseAs: 'text' }).catch(() => undefined)
    const problem = answer ? problemOf(answer) : silent
    return problem ? { problem } : { text: answer?.data }
  }
}

export const doctor = new Doctor()
