// The stand-in agent's other machines: they are added, changed, removed and acted
// on as the real agent would.

import { models } from './models.mjs'

/** @typedef {import('../src/api/types').Peer} Peer */
/** @typedef {import('../src/api/types').Status} Status */

/** What a peer's models are asked for by. */
const there = () => models().map((m) => ({ ...m, server: 'lmstudio' }))

/**
 * Answers a route of other machines; undefined for any other route.
 * @param {string} route @param {any} body @param {{status: Status}} p
 * @returns {{problem?: import('./scenes.mjs').Refusal, body?: unknown, changed?: boolean} | undefined}
 */
export function peersAPI(route, body, p) {
  const [, method = '', id, rest = ''] = /^([A-Z]+) \/api\/peers(?:\/([^/]+)(\/.*)?)?$/.exec(route) ?? []
  if (!method) return undefined
  const list = p.status.peers ?? []
  /** @param {Peer[]} peers */
  const put = (peers) => (p.status = { ...p.status, peers })
  if (!id) {
    if (method === 'GET') return { body: { items: list } }
    if (!/^[0-9a-f]{8,}$/.test(body.token))
      return {
        problem: {
          code: 'needs_token',
          status: 503,
          detail: `The Pilotlight at ${body.url} does not accept this token.`,
          hint: 'On that machine run: pilotlight token --read (or pilotlight token, to act there too), and give the token here.',
        },
      }
    const peer = /** @type {Peer} */ ({
      ...(list[0] ?? { state: 'unknown' }),
      id: `p${list.length + 1}`,
      name: body.name ?? 'mac-mini',
      url: body.url,
    })
    put([...list, peer])
    return { body: peer, changed: true }
  }
  const peer = list.find((x) => x.id === id)
  if (!peer) return { problem: { code: 'not_found', status: 404, detail: 'There is no such machine.' } }
  /** @param {Partial<Peer>} over */
  const change = (over) => put(list.map((x) => (x.id === id ? { ...x, ...over } : x)))
  switch (`${method} ${rest}`) {
    case 'DELETE ':
      put(list.filter((x) => x.id !== id))
      return { body: { ok: true }, changed: true }
    case 'PATCH ':
      change(body.name ? { name: body.name } : {})
      return { body: peer, changed: true }
    case 'GET /models':
      return { body: { items: there() } }
  }
  const { seen } = peer
  const keep = seen?.keep
  if (!seen || !keep) return { problem: { code: 'network', status: 503, detail: 'It does not answer.' } }
  /** @param {Partial<typeof keep>} over */
  const kept = (over) => {
    change({ seen: { ...seen, keep: { ...keep, ...over } } })
    return { body: { ...keep, ...over }, changed: true }
  }
  switch (`${method} ${rest}`) {
    case 'POST /keep/pause':
      return kept({ state: 'paused' })
    case 'POST /keep/resume':
      return kept({ state: 'warm', reason: undefined })
    case 'DELETE /keep':
      return kept({ state: 'off', model: '', server: '' })
    case 'PUT /keep':
      return kept({ ...body, state: 'loading', loading_since: new Date().toISOString(), instance_id: undefined })
    case 'POST /models/unload':
      change({ seen: { ...seen, servers: seen.servers.map((s) => ({ ...s, models: [] })) } })
      return { body: {}, changed: true }
  }
  return {
    problem: {
      code: 'guardrail',
      status: 409,
      detail: 'LM Studio refused: not enough memory',
      hint: 'Unload another model there first.',
    },
  }
}
