// Prints what a first visit downloads, gzipped: the entry, all it imports
// statically, and the chunk of Now with its imports; and what the Timeline adds
// to it, its charts among it. Fails over either budget.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const budget = 80 * 1024
const timelineBudget = 60 * 1024
const dist = new URL('../dist/', import.meta.url)
/** @type {Record<string, {file: string, imports?: string[], css?: string[]}>} */
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))

/** @param {string} key @param {Set<string>} into */
function reach(key, into) {
  const chunk = manifest[key]
  if (!chunk) throw new Error(`the manifest has no ${key}`)
  if (into.has(chunk.file)) return into
  into.add(chunk.file)
  for (const css of chunk.css ?? []) into.add(css)
  for (const next of chunk.imports ?? []) reach(next, into)
  return into
}

const json = process.argv.includes('--json')

/** Adds up files, gzipped. @param {Iterable<string>} files */
function sum(files) {
  const sizes = { js: 0, css: 0 }
  for (const file of files) {
    const bytes = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length
    sizes[file.endsWith('.css') ? 'css' : 'js'] += bytes
    if (!json) console.log(`${kilo(bytes)}  ${file}`)
  }
  return sizes
}

/** @param {number} bytes */
const kilo = (bytes) => `${(bytes / 1024).toFixed(1).padStart(7)} KB`

const files = reach('src/pages/Now.svelte', reach('index.html', new Set(['theme.js'])))
const first = sum(files)
if (!json) {
  console.log(`${kilo(first.js)}  first-load JavaScript (at most ${budget / 1024})`)
  console.log(`${kilo(first.css)}  first-load styles`)
}
const timeline = sum([...reach('src/pages/Timeline.svelte', new Set())].filter((file) => !files.has(file)))
const added = timeline.js + timeline.css
if (json) console.log(JSON.stringify({ gzip_bytes: first.js, timeline_gzip_bytes: added }))
else console.log(`${kilo(added)}  the Timeline's own chunk (at most ${timelineBudget / 1024})`)
if (!json && (first.js > budget || added > timelineBudget)) {
  console.error('over the budget')
  process.exit(1)
}
