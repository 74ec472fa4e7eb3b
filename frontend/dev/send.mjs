// What every answer of the stand-in agent needs: reading a request, and sending JSON, a
// refusal or a file of the built dashboard.

import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */

/** Files whose names tell their content, by their names. @type {Map<string, Buffer>} */
const kept = new Map()
const dist = fileURLToPath(new URL('../dist', import.meta.url))
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

/** @param {Request} req */
export async function read(req) {
  let text = ''
  for await (const chunk of req) text += chunk
  return text ? JSON.parse(text) : {}
}

/** @param {Response} res @param {unknown} data */
export function json(res, data) {
  res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(data))
}

/** @param {Response} res @param {import('./scenes.mjs').Refusal} r */
export function problem(res, r) {
  res
    .writeHead(r.status, { 'Content-Type': 'application/problem+json' })
    .end(JSON.stringify({ type: 'about:blank', title: '', hint: '', ...r }))
}

/** @param {string} path @param {Response} res @param {boolean} [demo] as the agent marks the demo's page */
export async function file(path, res, demo) {
  const name = normalize(path === '/' ? '/index.html' : path)
  try {
    const lasting = name.startsWith('/assets/')
    const content = kept.get(name) ?? (await readFile(join(dist, name)))
    if (lasting) kept.set(name, content)
    const type = types[/** @type {keyof typeof types} */ (extname(name))] ?? 'application/octet-stream'
    const cache = lasting ? 'public, max-age=31536000, immutable' : 'no-store'
    const sent = demo && type === types['.html'] ? String(content).replace('<html ', '<html data-demo ') : content
    res.writeHead(200, { 'Content-Type': type, 'Cache-Control': cache }).end(sent)
  } catch {
    res.writeHead(404).end()
  }
}
