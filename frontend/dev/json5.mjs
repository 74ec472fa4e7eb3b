// Just enough JSON5 for the stand-in agent: values with where they are written,
// and edits of single ones.

/**
 * @typedef {object} Node
 * @property {any} value
 * @property {number} start
 * @property {number} end
 * @property {Map<string, Node & {key: number}>} [members]
 * @property {Node[]} [items]
 */

export class BadText extends Error {
  /** @param {string} text @param {number} at @param {string} problem */
  constructor(text, at, problem) {
    super(problem)
    const before = text.slice(0, at).split('\n')
    this.line = before.length
    this.column = (before.at(-1) ?? '').length + 1
  }
}

/** @param {string} text @returns {{node: Node, comments: string[]}} */
export function parse(text) {
  let i = 0
  /** @type {string[]} */
  const comments = []

  const blank = () => {
    for (;;) {
      while (/\s/.test(text[i] ?? '')) i++
      const found = /^(\/\/.*|\/\*[^]*?\*\/)/.exec(text.slice(i, i + 4000))?.[0]
      if (!found) return
      comments.push(found)
      i += found.length
    }
  }
  /** @param {string} problem @returns {never} */
  const fail = (problem) => {
    throw new BadText(text, i, problem)
  }
  const word = () => {
    const quote = text[i]
    if (quote === '"' || quote === "'") {
      const end = text.indexOf(quote, i + 1)
      const line = text.indexOf('\n', i)
      if (end < 0 || (line >= 0 && line < end)) return fail('the text in quotes does not end')
      const inner = text.slice(i + 1, end)
      i = end + 1
      return inner
    }
    const bare = /^[\w$.+-]+/.exec(text.slice(i, i + 200))?.[0]
    if (!bare) return fail(text[i] ? `${JSON.stringify(text[i])} does not belong here` : 'the text ends too early')
    i += bare.length
    return bare
  }
  /** @param {string} close @param {() => void} one */
  const list = (close, one) => {
    i++
    for (blank(); text[i] !== close; blank()) {
      one()
      blank()
      if (text[i] === ',') i++
      else if (text[i] !== close) fail(`a comma or ${close} is missing`)
    }
    i++
  }
  /** @returns {Node} */
  const value = () => {
    blank()
    const start = i
    if (text[i] === '{') {
      /** @type {NonNullable<Node['members']>} */
      const members = new Map()
      list('}', () => {
        const key = i
        const name = word()
        blank()
        if (text[i] !== ':') fail('a colon is missing')
        i++
        members.set(name, { ...value(), key })
      })
      const plain = Object.fromEntries([...members].map(([k, n]) => [k, n.value]))
      return { value: plain, start, end: i, members }
    }
    if (text[i] === '[') {
      /** @type {Node[]} */
      const items = []
      list(']', () => items.push(value()))
      return { value: items.map((n) => n.value), start, end: i, items }
    }
    const quoted = text[i] === '"' || text[i] === "'"
    const w = word()
    /** @type {Record<string, unknown>} */
    const known = { true: true, false: false, null: null }
    const plain = quoted ? w : w in known ? known[w] : Number(w)
    if (typeof plain === 'number' && Number.isNaN(plain)) fail(`${w} is no value`)
    return { value: plain, start, end: i }
  }

  const node = value()
  blank()
  if (i < text.length) fail('something stands behind the end')
  return { node, comments }
}

/** @param {string} path @returns {(string | number)[]} */
export function segments(path) {
  return [...path.matchAll(/\["([^"]*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map((m) =>
    m[2] === undefined ? String(m[1] ?? m[3]) : Number(m[2]),
  )
}

/** @param {Node | undefined} node @param {string} path @returns {Node & {key?: number} | undefined} */
export function find(node, path) {
  for (const s of segments(path)) node = typeof s === 'number' ? node?.items?.[s] : node?.members?.get(s)
  return node
}

/** @param {unknown} v @returns {string} */
function write(v) {
  if (typeof v === 'string') return `'${v}'`
  if (Array.isArray(v)) return `[${v.map(write).join(', ')}]`
  if (v && typeof v === 'object')
    return Object.keys(v).length === 0
      ? '{}'
      : `{ ${Object.entries(v)
          .map(([k, x]) => `${/^\w+$/.test(k) ? k : `'${k}'`}: ${write(x)}`)
          .join(', ')} }`
  return String(v)
}

/** Sets a value, or removes it where it is undefined. @param {string} text @param {string} path @param {unknown} v @returns {string} */
export function set(text, path, v) {
  const { node } = parse(text)
  const found = find(node, path)
  if (v === undefined) {
    if (!found) return text
    const start = text.lastIndexOf('\n', found.key ?? found.start)
    const end = /^,?[^\n]*/.exec(text.slice(found.end))?.[0].length ?? 0
    return text.slice(0, start) + text.slice(found.end + end)
  }
  if (found) return text.slice(0, found.start) + write(v) + text.slice(found.end)
  const keys = segments(path)
  const last = keys.pop()
  const parent = find(node, path.slice(0, path.length - tail(path).length))
  if (!parent)
    return set(
      text,
      path.slice(0, path.length - tail(path).length),
      typeof last === 'number' ? [v] : { [String(last)]: v },
    )
  const name = typeof last === 'number' ? '' : `${/^\w+$/.test(String(last)) ? last : `'${last}'`}: `
  const inner = text.slice(parent.start + 1, parent.end - 1)
  if (!inner.trim()) return `${text.slice(0, parent.start + 1)} ${name}${write(v)} ${text.slice(parent.end - 1)}`
  const lines = inner.includes('\n')
  const at = parent.end - 1 - (/\s*$/.exec(inner)?.[0].length ?? 0)
  const comma = text[at - 1] === ',' ? '' : ','
  const indent = lines ? `\n${/\n( *)\S/.exec(inner)?.[1] ?? ''}` : ' '
  return `${text.slice(0, at)}${comma}${indent}${name}${write(v)}${lines ? ',' : ''}${text.slice(at)}`
}

/** The last segment of a path as it is written. @param {string} path */
const tail = (path) => /(\["[^"]*"\]|\[\d+\]|\.?[^.[\]]+)$/.exec(path)?.[0] ?? ''
