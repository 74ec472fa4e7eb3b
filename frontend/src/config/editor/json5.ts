// Colours for JSON5. It only tells words apart: whether the text is right, and
// where it is not, the agent says.

import { StreamLanguage, type StringStream } from '@codemirror/language'

interface State {
  /** Inside a comment of several lines. */
  comment: boolean
  /** The quote of a text that goes on on the next line, behind a backslash. */
  quote: string
}

function text(stream: StringStream, state: State, quote: string): string {
  state.quote = ''
  while (!stream.eol()) {
    const c = stream.next()
    if (c === '\\') {
      if (stream.eol()) state.quote = quote
      else stream.next()
    } else if (c === quote) break
  }
  return stream.match(/^\s*:/, false) ? 'propertyName' : 'string'
}

function comment(stream: StringStream, state: State): string {
  state.comment = !stream.match(/^.*?\*\//)
  if (state.comment) stream.skipToEnd()
  return 'comment'
}

export const json5 = StreamLanguage.define<State>({
  name: 'json5',
  startState: () => ({ comment: false, quote: '' }),
  token(stream, state) {
    if (state.comment) return comment(stream, state)
    if (state.quote) return text(stream, state, state.quote)
    if (stream.eatSpace()) return null
    if (stream.match('//')) {
      stream.skipToEnd()
      return 'lineComment'
    }
    if (stream.match('/*')) return comment(stream, state)
    const c = stream.next() ?? ''
    if (c === '"' || c === "'") return text(stream, state, c)
    if (/[{}[\]:,]/.test(c)) return 'punctuation'
    stream.match(/^[^\s{}[\]:,"'/]*/)
    if (stream.match(/^\s*:/, false)) return 'propertyName'
    const word = stream.current()
    if (/^[+-]?(\d|\.\d|Infinity$|NaN$)/.test(word)) return 'number'
    return /^(true|false|null)$/.test(word) ? 'atom' : 'invalid'
  },
  languageData: { commentTokens: { line: '//', block: { open: '/*', close: '*/' } } },
})
