// The one truth of the Config page: the file as it was read, and the text that
// it is to become. The form and the text editor both show this and both change
// it. It lives as long as the dashboard, so that leaving the page loses nothing.

import { client, problemOf, type Answer } from '../api/client'
import type {
  ConfigDoc,
  ConfigForm,
  ConfigIssue,
  ConfigNews,
  ConfigPlan,
  ConfigSaved,
  Problem,
  Revision,
} from '../api/types'
import type { Change } from './config-form'
import { marksOf, withTyped } from './config-secrets'
import { live } from './live.svelte'
import { unsaved } from './unsaved.svelte'

/** A text of the person's that something else took the place of. */
export interface Kept {
  at: string
  why: string
  text: string
}

const pause = 300
/** How often a change of the form is worked out anew because the text moved meanwhile. */
const tries = 5
const network = { code: 'network', message: 'Pilotlight did not answer.' }

class Draft {
  /** The file as it was last taken over. */
  doc = $state.raw<ConfigDoc | null>(null)
  /** What the file is to become. */
  text = $state.raw('')
  /** What the last text that could be read would make of the file. */
  plan = $state.raw<ConfigPlan | null>(null)
  form = $state.raw<ConfigForm | undefined>()
  issues = $state.raw<ConfigIssue[]>([])
  /** Why the file could not be read. */
  problem = $state.raw<Problem | undefined>()
  /** Why the text could not be worked out, though it is JSON5. */
  refused = $state.raw<Problem | undefined>()
  /** Why the last change of the form was not made. */
  changeProblem = $state.raw<Problem | undefined>()
  saveProblem = $state.raw<(Problem & { issues: ConfigIssue[] }) | undefined>()
  saving = $state(false)
  /** The file as somebody else wrote it while changes wait here. */
  theirs = $state.raw<ConfigDoc | null>(null)
  /** The person chose to go on with the text before deciding what becomes of theirs. */
  held = $state(false)
  kept = $state.raw<Kept[]>([])
  /** The last state that was saved here, with what became of it. */
  saved = $state.raw<Revision | undefined>()
  /** When the file was last taken over because somebody else wrote it. */
  outside = $state.raw<string | undefined>()
  /** What was changed since, in words, for the note of the revision. */
  words = $state.raw<string[]>([])
  /** The plan is of this very text. */
  planned = $state.raw<string | undefined>()

  #turn = 0
  #guarded = false
  /** Something was told of the file while it was being saved. */
  #missed = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #queue: Promise<unknown> = Promise.resolve()

  get dirty(): boolean {
    return this.doc !== null && this.text !== this.doc.text
  }

  /** Whether what is shown beside the text is of this very text. */
  get current(): boolean {
    return !this.dirty || this.planned === this.text
  }

  /** Whether the form may be changed. */
  get open(): boolean {
    // The agent works out what an edit does to the text.
    if (live.link !== 'live') return false
    const readable = this.form !== undefined && !this.broken && !this.refused
    return readable && this.writable && (!this.theirs || this.held)
  }

  /** Whether another text can take the file's place, be it to mend it. */
  get writable(): boolean {
    return this.doc?.editable === true || this.doc?.mendable === true
  }

  /** Whether there is something to save, and nothing to be decided first. */
  get savable(): boolean {
    return this.dirty && this.writable && !this.theirs
  }

  /** Where the text stops being JSON5. */
  get broken(): ConfigIssue | undefined {
    return this.issues.find((i) => i.code === 'not_json5' || i.code === 'json5')
  }

  /** Reads, and follows what others write; returns how to stop. */
  follow(): () => void {
    this.#guard()
    void this.look()
    const stops = [live.onReady(() => void this.look()), live.onConfig((news) => this.#told(news))]
    return () => stops.forEach((stop) => stop())
  }

  /** Looks at the file again. Changes that wait are kept whatever it says by now. */
  async look(): Promise<void> {
    const turn = ++this.#turn
    const answer = await client.GET('/api/config').catch(() => undefined)
    if (turn !== this.#turn || this.saving) return
    this.problem = answer ? problemOf(answer) : network
    if (answer?.data) this.#found(answer.data)
  }

  #found(doc: ConfigDoc): void {
    const before = this.doc
    if (!before || !this.dirty || doc.text === this.text) {
      if (before && before.hash !== doc.hash) this.outside = doc.modified ?? new Date().toISOString()
      this.take(doc)
    } else if (before.hash !== doc.hash) {
      if (this.theirs?.hash !== doc.hash) this.held = false
      this.theirs = doc
    } else this.theirs = null
  }

  /** Takes a state of the file over, in place of all that is here. */
  take(doc: ConfigDoc): void {
    this.#turn++
    this.doc = doc
    this.theirs = null
    this.held = false
    this.words = []
    this.saveProblem = undefined
    this.#show(doc.text, null, doc.issues, doc.form)
  }

  #show(text: string, plan: ConfigPlan | null, issues: ConfigIssue[], form: ConfigForm | undefined): void {
    clearTimeout(this.#timer)
    this.text = text
    this.planned = plan ? text : undefined
    this.plan = plan
    this.issues = issues
    // Of a text that cannot be read the form shows what it said before.
    if (form || !this.broken) this.form = form
    this.refused = undefined
    this.changeProblem = undefined
    this.#mark()
  }

  #mark(): void {
    unsaved.config = this.dirty
  }

  /** Takes what was written in the editor. */
  typed(text: string): void {
    if (text === this.text) return
    this.text = text
    this.saveProblem = undefined
    this.#mark()
    clearTimeout(this.#timer)
    if (this.doc && !this.dirty) return this.#show(text, null, this.doc.issues, this.doc.form)
    this.#timer = setTimeout(() => void this.check(), pause)
  }

  /** Has the text worked out; answers with its plan. */
  async check(): Promise<ConfigPlan | undefined> {
    clearTimeout(this.#timer)
    const text = this.text
    if (this.planned === text && this.plan) return this.plan
    const answer = await client.POST('/api/config/draft', { body: { text } }).catch(() => undefined)
    if (text !== this.text) return undefined
    if (answer?.data) {
      this.#show(text, answer.data, answer.data.issues, answer.data.form)
      this.#compare(answer.data)
      return answer.data
    }
    this.refused = answer ? problemOf(answer) : network
    this.planned = text
    this.plan = null
    return undefined
  }

  /** A plan is made for the file as it is now: another hash tells that somebody wrote it. */
  #compare(plan: ConfigPlan): void {
    if (this.doc && plan.hash_before !== this.doc.hash && plan.hash_before !== this.theirs?.hash) void this.look()
  }

  /** Makes a change of the form in the text. Changes are made one after the other. */
  change(change: Change, words: string): Promise<Problem | undefined> {
    const next = this.#queue.then(() => this.#change(change, words))
    this.#queue = next
    return next
  }

  async #change(change: Change, words: string): Promise<Problem | undefined> {
    this.changeProblem = undefined
    for (let i = 0; i < tries; i++) {
      const sent = this.text
      // A file that is not there yet begins with what the agent gives it.
      const begin = this.doc?.exists === false && sent === ''
      const masked = begin || !this.dirty ? sent : ((await this.check())?.text ?? sent)
      if (sent !== this.text) continue
      const answer = await client
        .POST('/api/config/draft', { body: { ...(begin ? {} : { text: sent }), ...change } })
        .catch(() => undefined)
      // What was typed while the agent thought must not be lost.
      if (sent !== this.text) continue
      if (!answer?.data) return (this.changeProblem = answer ? problemOf(answer) : network)
      const plan = answer.data
      const text = withTyped(plan.text, sent, masked, marksOf(this.doc?.text ?? ''))
      if (text !== sent && words && !this.words.includes(words)) this.words = [...this.words, words]
      this.saveProblem = undefined
      this.#show(text, plan, plan.issues, plan.form)
      this.#compare(plan)
      return undefined
    }
    return undefined
  }

  /** Goes back to the file as it is. What waited is kept aside. */
  discard(): void {
    if (!this.doc) return
    this.setAside('Discarded')
    this.take(this.theirs ?? this.doc)
  }

  setAside(why: string): void {
    if (!this.dirty) return
    const one = { at: new Date().toISOString(), why, text: this.text }
    this.kept = [one, ...this.kept].slice(0, 10)
  }

  /** Takes a text that was kept aside, in place of the one that waits. */
  bringBack(kept: Kept): void {
    this.setAside('Another text was taken back')
    this.kept = this.kept.filter((k) => k !== kept)
    this.typed(kept.text)
    void this.check()
  }

  /** Ends a conflict: the text is now made of what both sides wrote. */
  settle(text: string): void {
    if (!this.theirs) return
    this.setAside('Before it was put on top of the other change')
    const { words } = this
    this.take(this.theirs)
    this.words = words
    this.typed(text)
    void this.check()
  }

  async save(note: string): Promise<boolean> {
    const { doc, text } = this
    if (!doc || this.saving) return false
    return this.write(() =>
      client.PUT('/api/config/text', {
        params: { header: { 'If-Match': `"${doc.hash}"` } },
        body: { text, ...(note ? { note } : {}) },
      }),
    )
  }

  /** Has the agent write the file, and takes over what came of it. */
  async write(send: () => Promise<Answer<ConfigSaved>>): Promise<boolean> {
    const sent = this.text
    this.saving = true
    this.saveProblem = undefined
    const answer = await send().catch(() => undefined)
    this.saving = false
    const look = this.#missed
    this.#missed = false
    const problem = answer ? problemOf(answer) : network
    if (problem) {
      this.saveProblem = { ...problem, issues: issuesOf(answer?.error) }
      if (problem.code === 'conflict') void this.look()
      return false
    }
    const done = answer?.data
    if (!done?.doc) return false
    this.saved = done.revision ?? this.saved
    this.outside = undefined
    const typed = this.text
    this.take(done.doc)
    // What was typed while it was being saved goes on top.
    if (typed !== sent) this.typed(typed)
    if (look) void this.look()
    return true
  }

  #told(news: ConfigNews): void {
    const r = news.revision
    if (r && r.id === this.saved?.id) this.saved = r
    if (this.saving) this.#missed = true
    else if (news.hash !== this.doc?.hash) void this.look()
  }

  /** Asks before the window closes on what is not saved, also while another page is open. */
  #guard(): void {
    if (this.#guarded) return
    this.#guarded = true
    addEventListener('beforeunload', (e) => {
      if (this.dirty) e.preventDefault()
    })
  }
}

function issuesOf(error: unknown): ConfigIssue[] {
  const list = (error as { issues?: unknown } | undefined)?.issues
  return Array.isArray(list) ? (list as ConfigIssue[]) : []
}

export const draft = new Draft()
