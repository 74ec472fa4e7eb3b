// The text editor. It lives in a shadow root: there its styles are style sheets
// made by script, which the content policy allows, and no <style> element, which
// it forbids. There is one for the whole visit, so that its history of changes
// outlives a look at another page.

import {
  defaultKeymap,
  history,
  historyKeymap,
  isolateHistory,
  redo,
  redoDepth,
  undo,
  undoDepth,
} from '@codemirror/commands'
import { bracketMatching, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { Annotation, Compartment, EditorState, Transaction, type Text } from '@codemirror/state'
import {
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import type { ConfigEdit, ConfigIssue } from '../../api/types'
import { json5 } from './json5'
import { secrets } from './secrets'
import { colours, look } from './theme'

/** What the editor tells of. */
export interface Hooks {
  typed: (text: string) => void
  /** How many changes can be undone and redone. */
  depth: (undo: number, redo: number) => void
  mend: (edits: ConfigEdit[], message: string) => void
}

/** Marks what came from outside the editor. */
const outside = Annotation.define<boolean>()

/** How lines end: the editor has one way for all of them, or is told to leave them alone. */
type Ends = '\n' | '\r\n' | 'mixed'

function endsOf(text: string): Ends {
  if (!text.includes('\r')) return '\n'
  return /(^|[^\r])\n|\r(?!\n)/.test(text) ? 'mixed' : '\r\n'
}

class TextEditor {
  readonly host = document.createElement('div')
  hooks: Hooks | undefined
  #view: EditorView
  #ends: Ends = '\n'
  #text = ''
  #locked = new Compartment()
  #separator = new Compartment()

  constructor() {
    this.host.style.height = '100%'
    const root = this.host.attachShadow({ mode: 'open' })
    this.#view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: '',
        extensions: [
          lineNumbers(),
          lintGutter(),
          highlightSpecialChars(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          history(),
          indentUnit.of('  '),
          bracketMatching(),
          highlightSelectionMatches(),
          search({ top: true }),
          keymap.of([...defaultKeymap, ...searchKeymap, ...historyKeymap, ...lintKeymap]),
          json5,
          syntaxHighlighting(colours),
          look,
          secrets,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({
            'aria-label': "The config's text",
            tabindex: '0',
            autocapitalize: 'off',
          }),
          this.#locked.of([]),
          this.#separator.of([]),
          EditorView.updateListener.of((u) => {
            if (!u.docChanged) return
            this.#text = this.#read(u.state.doc)
            this.hooks?.depth(undoDepth(u.state), redoDepth(u.state))
            if (!u.transactions.some((t) => t.annotation(outside))) this.hooks?.typed(this.#text)
          }),
        ],
      }),
    })
  }

  #read(doc: Text): string {
    const text = doc.toString()
    return this.#ends === '\r\n' ? text.replaceAll('\n', '\r\n') : text
  }

  /** Shows a text. What changes of it can be undone, unless it is the file's own. */
  set(text: string, undoable: boolean): void {
    if (text === this.#text) return
    const ends = endsOf(text)
    if (ends !== this.#ends) {
      this.#ends = ends
      const separator = ends === 'mixed' ? EditorState.lineSeparator.of('\n') : []
      this.#view.dispatch({ effects: this.#separator.reconfigure(separator) })
    }
    const was = this.#view.state.doc.toString()
    const is = ends === '\r\n' ? text.replaceAll('\r\n', '\n') : text
    const change = difference(was, is)
    this.#view.dispatch({
      changes: change,
      annotations: [outside.of(true), Transaction.addToHistory.of(undoable && was !== ''), isolateHistory.of('full')],
    })
    this.#text = text
  }

  /** Marks what is wrong, where it is. */
  mark(issues: ConfigIssue[]): void {
    const { state } = this.#view
    const found = issues.flatMap((i) => this.#diagnostic(state.doc, i) ?? [])
    this.#view.dispatch(setDiagnostics(state, found))
  }

  #diagnostic(doc: Text, issue: ConfigIssue): Diagnostic | undefined {
    if (!issue.line || issue.line > doc.lines) return undefined
    const from = place(doc, issue.line, issue.column ?? 1)
    const line = doc.lineAt(from)
    const length = /^(?:"[^"]*"|'[^']*'|[^\s,:{}[\]]+)/.exec(line.text.slice(from - line.from))?.[0].length ?? 1
    const { edits, message, hint, severity } = issue
    return {
      from,
      to: Math.min(line.to, from + length),
      severity: severity ?? 'error',
      message: hint ? `${message} ${hint}` : message,
      ...(edits?.length ? { actions: [{ name: 'Mend', apply: () => this.hooks?.mend(edits, message) }] } : {}),
    }
  }

  lock(locked: boolean): void {
    this.#view.dispatch({ effects: this.#locked.reconfigure(locked ? EditorState.readOnly.of(true) : []) })
  }

  undo(): void {
    undo(this.#view)
  }

  redo(): void {
    redo(this.#view)
  }

  /** Puts the cursor at a place, and the place in sight. */
  show(line: number, column: number): void {
    const { doc } = this.#view.state
    const at = place(doc, Math.min(line, doc.lines), column)
    this.#view.dispatch({
      selection: { anchor: at },
      effects: EditorView.scrollIntoView(at, { y: 'center' }),
    })
    this.#view.focus()
  }

  /** Measures again, once the host is in the page. */
  measure(): void {
    this.#view.requestMeasure()
  }
}

/** A place of the agent's, which counts characters, as one of the editor's. */
function place(doc: Text, line: number, column: number): number {
  const at = doc.line(Math.max(1, line))
  const ahead = [...at.text].slice(0, column - 1).join('').length
  return Math.min(at.to, at.from + ahead)
}

/** The one stretch in which two texts differ. */
function difference(was: string, is: string): { from: number; to: number; insert: string } {
  let head = 0
  const most = Math.min(was.length, is.length)
  while (head < most && was[head] === is[head]) head++
  let tail = 0
  while (tail < most - head && was[was.length - 1 - tail] === is[is.length - 1 - tail]) tail++
  return { from: head, to: was.length - tail, insert: is.slice(head, is.length - tail) }
}

let one: TextEditor | undefined

/** The editor of this visit. */
export function textEditor(): TextEditor {
  return (one ??= new TextEditor())
}

export type { TextEditor }
