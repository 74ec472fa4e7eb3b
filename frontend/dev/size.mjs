// Prints what a first visit downloads, gzipped: the entry, all it imports
// statically, and the chunk of Now with its imports. Fails over the budget.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const budget = 80 * 1024
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

const files = reach('src/pages/Now.svelte', reach('index.html', new Set(['theme.js'])))
const sizes = { js: 0, css: 0 }
for (const file of files) {
  const bytes = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length
  sizes[file.endsWith('.css') ? 'css' : 'js'] += bytes
  if (!process.argv.includes('--json')) console.log(`${(bytes / 1024).toFixed(1).padStart(7)} KB  ${file}`)
}
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ gzip_bytes: sizes.js }))
  process.exit(0)
}
console.log(
  `${(sizes.js / 1024).toFixed(1).padStart(7)} KB  first-load JavaScript (at most ${budget / 1024})`,
)
console.log(`${(sizes.css / 1024).toFixed(1).padStart(7)} KB  first-load styles`)
if (sizes.js > budget) {
  console.error('over the budget')
  process.exit(1)
}
