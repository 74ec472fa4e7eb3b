// A stand-in agent: serves the built dashboard and plays a scene, which a
// cookie names (GET /scene/NAME sets it). Each visit to /scene/NAME starts the
// scene afresh. Listens on 127.0.0.1 only; for development and scene tests.

import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'
import { configAPI } from './play-config.mjs'
import { doctorAPI } from './play-doctor.mjs'
import { samples, whatIf } from './fit.mjs'
import { arrive, enrich, list, story, sum, summary } from './play-fallbacks.mjs'
import { peersAPI } from './play-peers.mjs'
import { scenes } from './scenes.mjs'
import { file, json, problem, read } from './send.mjs'
import { sampleNow, samples as past, timeline } from './timeline.mjs'
import { aDay } from './timeline-worlds.mjs'

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */
/** @typedef {import('../src/api/types').Settings} Settings */
/** @typedef {import('./scenes.mjs').Scene & {name: string, world: import('./timeline.mjs').World, timeline: boolean, streams: Set<Response>, dead: boolean, settings: Settings, login: import('../src/api/types').Login, line?: Response, end?: NodeJS.Timeout}} Play */

// The agent's own policy, so that what it forbids fails here too.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** Starts the server. @param {number} port 0 for any free one */
export async function start(port = 0) {
  /** @type {Map<string, Play>} */
  const plays = new Map()
  let count = 0

  /** @param {string} name */
  const play = (name) => {
    const made = begin(name)
    const id = `${name}.${++count}`
    if (made) plays.set(id, made)
    return made && id
  }

  const server = createServer((req, res) => {
    answer(req, res, plays, play).catch((err) => {
      console.error(err)
      res.writeHead(500).end()
    })
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`
  return {
    url,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

/** @param {string} name @returns {Play | undefined} */
function begin(name) {
  const scene = scenes[name]
  if (!scene) return undefined
  const settings = { notify: { fallbacks: true, quiet_from: '22:00', quiet_to: '07:00' } }
  const login = { enabled: false, foreign: false, available: true, program: '' }
  const made = scene(Date.now())
  const play = {
    ...made,
    world: made.world ?? aDay(Date.now()),
    timeline: made.world !== undefined,
    name,
    streams: new Set(),
    dead: false,
    settings,
    login: made.login ?? login,
  }
  if (play.fallbacks) sum(play)
  return play
}

/** @param {Request} req @param {Response} res @param {Map<string, Play>} plays @param {(name: string) => string | undefined} play */
async function answer(req, res, plays, play) {
  res.setHeader('Content-Security-Policy', policy)
  const path = new URL(req.url ?? '/', 'http://x').pathname
  if (path.startsWith('/scene/')) {
    const id = play(path.slice('/scene/'.length))
    if (!id) return void res.writeHead(404).end(`scenes: ${Object.keys(scenes).join(' ')}`)
    return void res.writeHead(302, { 'Set-Cookie': `scene=${id}; Path=/`, Location: '/' }).end()
  }
  const id = /scene=([^;]+)/.exec(req.headers.cookie ?? '')?.[1] ?? ''
  if (!path.startsWith('/api/') && !path.startsWith('/play/')) {
    // A page that is still being fetched has not read what it will show as old.
    const waiting = plays.get(id)
    if (waiting?.dies && waiting.line && !waiting.dead) die(waiting)
    return file(path, res, waiting?.status.demo)
  }
  const p = plays.get(id) ?? begin('warm')
  if (!p) return void res.writeHead(404).end()
  plays.set(id, p)
  if (p.dead) return void req.socket.destroy()
  if (p.signedOut)
    return problem(res, {
      code: 'unauthorized',
      status: 401,
      detail: 'You are not signed in.',
      hint: 'Run: pilotlight open',
    })
  if (p.dies && p.line) die(p)
  const refusal = p.refuse?.[`${req.method} ${path}`]
  const body = await read(req)
  if (p.slow && req.method === 'GET' && !/status|events|login|settings/.test(path))
    await new Promise((resolve) => setTimeout(resolve, 4000))
  if (refusal && !body.force) return problem(res, refusal)
  return api(`${req.method} ${path}`, new URL(req.url ?? '/', 'http://x').searchParams, body, p, req, res)
}

/** @param {string} route @param {URLSearchParams} query @param {any} body @param {Play} p @param {Request} req @param {Response} res */
async function api(route, query, body, p, req, res) {
  const { keep } = p.status
  switch (route) {
    case 'GET /api/events':
      return stream(p, req, res)
    case 'GET /api/status':
      return json(res, p.status)
    case 'GET /api/loads': {
      const before = Number(query.get('before') ?? Infinity)
      const limit = Number(query.get('limit') ?? 100)
      const rows = p.loads.filter(
        (l) =>
          l.id < before &&
          (!query.get('model') || l.model === query.get('model')) &&
          (!query.get('event') || l.event === query.get('event')) &&
          (!query.get('cause') || l.cause === query.get('cause')),
      )
      const items = rows.slice(0, limit)
      return json(res, rows.length > limit ? { items, next: String(items.at(-1)?.id) } : { items })
    }
    case 'PUT /api/keep':
      p.status = {
        ...p.status,
        keep: {
          policy: 'respect-manual',
          ...body,
          state: 'loading',
          since: new Date().toISOString(),
          loading_since: new Date().toISOString(),
          expected_seconds: 3,
        },
      }
      setTimeout(() => finish(p, body), 1500)
      return changed(p, res)
    case 'DELETE /api/keep':
      p.status = {
        ...p.status,
        keep: {
          server: '',
          model: '',
          policy: 'respect-manual',
          state: 'off',
          since: new Date().toISOString(),
        },
      }
      return changed(p, res)
    case 'POST /api/keep/pause':
      p.status = {
        ...p.status,
        keep: {
          ...keep,
          state: 'paused',
          ...(body.seconds ? { paused_until: new Date(Date.now() + body.seconds * 1000).toISOString() } : {}),
        },
      }
      return changed(p, res)
    case 'POST /api/keep/replace':
    case 'POST /api/keep/resume':
      p.status = { ...p.status, keep: { ...keep, state: 'warm', paused_until: undefined, reason: undefined } }
      return changed(p, res)
    case 'POST /api/models/load':
      await new Promise((resolve) => setTimeout(resolve, 1200))
      finish(p, body, 'user')
      return json(res, p.loads[0])
    case 'POST /api/models/unload':
      for (const s of p.status.servers)
        for (const m of s.models) m.instances = m.instances.filter((i) => i.id !== body.instance_id)
      p.status = { ...p.status }
      record(p, {
        model: body.instance_id.replace(/:\d+$/, ''),
        instance_id: body.instance_id,
        event: 'unloaded',
        cause: 'user',
      })
      return json(res, p.loads[0])
    case 'POST /api/models/check':
      return json(res, { ok: true })
    case 'GET /api/models/fit': {
      const found = whatIf(p.status, query)
      return found
        ? json(res, found)
        : problem(res, { code: 'not_found', status: 404, detail: 'There is no such model.' })
    }
    case 'GET /api/samples':
      // The Timeline asks for every series, the sparklines for those that they draw.
      if (!query.has('name')) return json(res, past(p.world, query))
      return json(res, p.noPast ? { ...samples(p.status, query), at_ms: [], items: [] } : samples(p.status, query))
    // A test reads the machine anew.
    case 'POST /play/sample': {
      p.world.until = Date.now()
      const read = p.timeline ? sampleNow(p.world, p.world.until) : p.status.machine
      const machine = { ...read, ...body, at: new Date().toISOString() }
      p.status = { ...p.status, machine }
      tell(p, 'sample', machine)
      return json(res, machine)
    }
    // A test loses the server, or finds it again.
    case 'POST /play/server': {
      const state = /** @type {import('../src/api/types').Server['state']} */ (query.get('state'))
      const [first, ...others] = p.status.servers
      if (first) p.status = { ...p.status, servers: [{ ...first, state }, ...others] }
      json(res, {})
      return tell(p, 'state', p.status)
    }
    case 'GET /api/login':
      return json(res, p.login)
    case 'PUT /api/login':
      p.login = { ...p.login, enabled: body.enabled }
      return json(res, p.login)
    case 'GET /api/settings':
      return json(res, p.settings)
    case 'PUT /api/settings':
      p.settings = body
      return json(res, body)
    case 'POST /api/update/check':
      p.status = { ...p.status, update: published() }
      json(res, p.status.update)
      return tell(p, 'state', p.status)
    default:
      return otherAPI(route, query, body, p, req, res)
  }
}

/** What a page of releases tells. @returns {NonNullable<import('../src/api/types').Status['update']>} */
function published() {
  const where = 'https://example.org/who/pilotlight/releases'
  return {
    where,
    latest: 'v0.2.0',
    newer: true,
    page: `${where}/tag/v0.2.0`,
    checked_at: new Date().toISOString(),
  }
}

/** @param {string} route @param {URLSearchParams} query @param {any} body @param {Play} p @param {Request} req @param {Response} res */
async function otherAPI(route, query, body, p, req, res) {
  const peers = peersAPI(route, body, p)
  if (peers?.problem) return problem(res, peers.problem)
  if (peers) {
    json(res, peers.body)
    return peers.changed ? tell(p, 'state', p.status) : undefined
  }
  const news = (/** @type {unknown} */ n) => tell(p, 'config', n)
  const done = /** @type {any} */ (configAPI(route, query, body, p, String(req.headers['if-match'] ?? ''), news))
  if (done === undefined) {
    const told = /** @type {any} */ (await doctorAPI(route, query, body, p))
    if (told === undefined) return fallbacksAPI(route, query, p, res)
    if (told.text !== undefined)
      return void res.writeHead(200, { 'Content-Type': 'text/markdown; charset=utf-8' }).end(told.text)
    return told.problem ? problem(res, told.problem) : json(res, told.json)
  }
  return done.problem ? problem(res, done.problem) : json(res, done)
}

/** @param {string} route @param {URLSearchParams} query @param {Play} p @param {Response} res */
async function fallbacksAPI(route, query, p, res) {
  const [, id, fix] = /^(?:GET|POST) \/api\/fallbacks\/(\d+)(\/fix)?$/.exec(route) ?? []
  if (id) {
    const found = story(p, Number(id))
    if (!found) return problem(res, { code: 'not_found', status: 404, detail: `There is no fallback ${id}.` })
    if (!fix) return json(res, found)
    await new Promise((resolve) => setTimeout(resolve, 1200))
    return json(res, { text: "LM Studio's server is on again" })
  }
  switch (route) {
    case 'GET /api/fallbacks':
      return json(res, list(p, query))
    case 'GET /api/fallbacks/summary':
      return json(res, summary(p, query))
    case 'GET /api/export/fallbacks':
      return void res
        .writeHead(200, {
          'Content-Disposition': `attachment; filename="pilotlight-fallbacks.${query.get('format')}"`,
        })
        .end(
          list(p, query)
            .items.map((f) => `${JSON.stringify(f)}\n`)
            .join(''),
        )
    case 'POST /api/fallbacks/seen':
      p.unseen = false
      sum(p)
      json(res, { ok: true })
      return tell(p, 'state', p.status)
    case 'GET /api/timeline':
      return json(res, timeline(p.world, p.fallbacks ?? [], query))
    // What a test makes happen.
    case 'POST /play/fall-back':
    case 'POST /play/find-out': {
      const f = route.endsWith('fall-back') ? arrive(p, query) : enrich(p)
      json(res, f)
      tell(p, 'fallback', f)
      return tell(p, 'state', p.status)
    }
    default:
      return problem(res, { code: 'not_found', status: 404, detail: 'There is no such path.' })
  }
}

/** @param {Play} p @param {any} body @param {import('../src/api/types').Load['cause']} cause */
function finish(p, body, cause = 'keep_warm') {
  const model = p.status.servers.find((s) => s.id === body.server)?.models.find((m) => m.key === body.model)
  if (!model) return
  const id = model.instances.length ? `${model.key}:${model.instances.length + 1}` : model.key
  model.instances = [
    ...model.instances,
    {
      id,
      context_length: body.context_length ?? 8192,
      busy: false,
      explicit: true,
      seen_loaded_at: new Date().toISOString(),
    },
  ]
  if (cause === 'keep_warm') p.status = { ...p.status, keep: { ...p.status.keep, state: 'warm', instance_id: id } }
  record(p, { model: model.key, instance_id: id, event: 'loaded', cause, duration_seconds: 1.5 })
}

/** @param {Play} p @param {Partial<import('../src/api/types').Load>} row */
function record(p, row) {
  const load = /** @type {import('../src/api/types').Load} */ ({
    id: (p.loads[0]?.id ?? 0) + 1,
    at: new Date().toISOString(),
    server: p.status.servers[0]?.id,
    ...row,
  })
  p.loads = [load, ...p.loads]
  tell(p, 'load', load)
  tell(p, 'state', p.status)
}

/** @param {Play} p @param {Response} res */
function changed(p, res) {
  json(res, p.status.keep)
  tell(p, 'state', p.status)
}

/** @param {Play} p @param {string} kind @param {unknown} data */
function tell(p, kind, data) {
  for (const s of p.streams) s.write(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`)
}

/** @param {Play} p @param {Request} req @param {Response} res */
function stream(p, req, res) {
  if (p.silent && p.dies) return void req.socket.destroy()
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  res.write('retry: 1000\n\n')
  if (p.silent) return
  p.streams.add(res)
  res.write(`event: state\ndata: ${JSON.stringify(p.status)}\n\n`)
  const beat = setInterval(() => res.write(`event: heartbeat\ndata: {"at":"${new Date().toISOString()}"}\n\n`), 10_000)
  res.on('close', () => {
    clearInterval(beat)
    p.streams.delete(res)
  })
  if (p.dies) die(p, res)
}

/** Cuts the line once nothing was asked for a while, so that the page has read what it then shows as old. @param {Play} p @param {Response} [line] */
function die(p, line) {
  if (line) p.line = line
  clearTimeout(p.end)
  p.end = setTimeout(() => {
    p.dead = true
    p.line?.destroy()
  }, 1000)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { url } = await start(Number(process.env.PORT ?? 7457))
  console.log(`${url}/scene/warm\nscenes: ${Object.keys(scenes).join(' ')}`)
}
