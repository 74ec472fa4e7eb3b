// OpenClaw's config before the stand-in agent: works changes out, writes, keeps
// revisions and tells of conflicts as the real one does.

import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { diffIndices } from 'node-diff3'
import { empty, path, verdict } from './config.mjs'
import { BadText, find, parse, set } from './json5.mjs'
import { at } from './props.mjs'

/** @typedef {import('../src/api/types').ConfigDoc} Doc */
/** @typedef {import('../src/api/types').ConfigForm} Form */
/** @typedef {import('../src/api/types').ConfigPlan} Plan */
/** @typedef {import('../src/api/types').ConfigIssue} Issue */
/** @typedef {import('../src/api/types').ConfigWish} Wish */
/** @typedef {import('../src/api/types').Revision} Revision */
/** @typedef {import('../src/api/types').Recipe} Recipe */
/**
 * @typedef {object} File the config of a scene
 * @property {string | null} text null where there is no file
 * @property {Issue[]} [issues] what is wrong with it, until its edits are made
 * @property {Doc['read_only']} [locked] why it cannot be edited
 * @property {Revision[]} [revisions] newest first, with their texts
 * @property {Recipe[]} [recipes]
 * @property {import('../src/api/types').ConfigVerdict['code']} [verdict] what OpenClaw makes of an edit
 */
/** @typedef {import('./scenes.mjs').Scene} Scene */
/** @typedef {{status: number, code: string, detail: string, hint?: string, issues?: Issue[]}} Problem */

/** @param {string | null} text */
const hashOf = (text) =>
  createHash('sha256')
    .update(text ?? '')
    .digest('hex')

/** @param {Scene} p @returns {File} */
const fileOf = (p) => (p.config ??= { text: null })

/** @param {Scene} p @returns {Doc} */
export function doc(p) {
  const f = fileOf(p)
  const read = understand(f, f.text ?? empty, p)
  const bad = read.bad
  return {
    path,
    exists: f.text !== null,
    hash: hashOf(f.text),
    bytes: f.text?.length ?? 0,
    ...(f.text === null ? {} : { modified: at(Date.now(), 90), version: '2026.9.6' }),
    text: f.text ?? '',
    editable: !f.locked && !bad,
    ...(bad && !f.locked ? { mendable: true } : {}),
    ...(f.locked ? { read_only: f.locked } : {}),
    ...(bad
      ? {
          read_only: {
            code: 'refused',
            message: `The config is not JSON5: ${bad.message} (line ${bad.line}, column ${bad.column}).`,
            hint: `Mend it in ${path} with an editor, or restore an earlier version. Nothing is written until then.`,
          },
          caret: `${bad.line} | ${f.text?.split('\n')[bad.line - 1]}\n${' '.repeat(String(bad.line).length + 2 + bad.column)}^`,
        }
      : {}),
    issues: bad ? [{ ...place(bad), code: 'json5' }] : read.issues,
    ...(read.form ? { form: read.form } : {}),
  }
}

/** @param {BadText} bad @returns {Issue} */
const place = (bad) => ({
  path: '',
  message: bad.message,
  severity: 'error',
  code: 'not_json5',
  line: bad.line,
  column: bad.column,
})

/**
 * @param {File} f @param {string} text @param {Scene} p
 * @returns {{form?: Form, issues: Issue[], comments: string[], bad?: BadText}}
 */
function understand(f, text, p) {
  try {
    const { node, comments } = parse(text)
    /** @param {import('./json5.mjs').Node | undefined} n */
    const where = (n) => {
      const before = text.slice(0, n?.start ?? 0).split('\n')
      return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
    }
    const issues = (f.issues ?? [])
      .filter((i) => !i.edits?.every((e) => find(node, e.path)?.value === e.value))
      .map((i) => ({ ...i, ...where(find(node, i.path)) }))
    return { form: form(node.value, p), issues, comments, bad: undefined }
  } catch (err) {
    if (!(err instanceof BadText)) throw err
    return { form: undefined, issues: [], comments: [], bad: err }
  }
}

/** @param {any} value @param {Scene} p @returns {Form} */
function form(value, p) {
  const { model, models, modelPolicy } = value.agents?.defaults ?? {}
  return {
    primary: model?.primary ?? '',
    fallbacks: model?.fallbacks ?? [],
    models: Object.entries(models ?? {})
      .map(([ref, m]) => ({ ref, ...(m.alias ? { alias: m.alias } : {}) }))
      .sort((a, b) => (a.ref < b.ref ? -1 : 1)),
    models_mode: value.models?.mode ?? 'merge',
    allow: modelPolicy?.allow ?? [],
    providers: Object.entries(value.models?.providers ?? {}).map(([id, x]) => {
      const env = /^\$\{(.*)\}$/.exec(x.apiKey ?? '')?.[1]
      const server = p.status.servers.find((s) => x.baseUrl?.replace('localhost', '127.0.0.1').startsWith(s.url))
      return {
        id,
        path: `models.providers.${id}`,
        base_url: x.baseUrl,
        api: x.api,
        has_key: Boolean(x.apiKey),
        key_kind: env ? 'env' : x.apiKey ? 'text' : 'none',
        ...(env ? { key_name: env } : {}),
        ...(server ? { server: server.id } : {}),
        models: (x.models ?? []).map((/** @type {any} */ m, /** @type {number} */ i) => ({
          id: m.id,
          path: `models.providers.${id}.models[${i}]`,
          name: m.name,
          context_window: m.contextWindow,
          max_tokens: m.maxTokens,
        })),
      }
    }),
    agents: (value.agents?.list ?? []).flatMap((/** @type {any} */ a, /** @type {number} */ i) =>
      a.model
        ? [
            {
              id: a.id,
              path: `agents.list[${i}].model`,
              primary: a.model.primary,
              fallbacks: a.model.fallbacks ?? [],
              own_fallbacks: Boolean(a.model.fallbacks),
            },
          ]
        : [],
    ),
  }
}

const defaults = 'agents.defaults'

/** @param {string} text @param {Wish} w @returns {string} */
function wish(text, w) {
  if (w.primary !== undefined) return listed(set(text, `${defaults}.model.primary`, w.primary), w.primary)
  if (w.fallbacks)
    return w.fallbacks.reduce((t, ref) => listed(t, ref), set(text, `${defaults}.model.fallbacks`, w.fallbacks))
  const alias = w.alias ?? w.list
  if (alias) return set(listed(text, alias.ref), `${defaults}.models["${alias.ref}"].alias`, alias.alias || undefined)
  if (w.unlist) return set(text, `${defaults}.models["${w.unlist}"]`, undefined)
  if (w.models_mode) return set(text, 'models.mode', w.models_mode)
  if (w.agent) return agent(text, w.agent)
  const { value } = parse(text).node
  if (w.provider) {
    const at = `models.providers.${w.provider.id}`
    const { base_url, api, key_env } = w.provider
    if (!value.models?.providers?.[w.provider.id])
      return set(text, at, {
        baseUrl: base_url,
        ...(key_env ? { apiKey: `\${${key_env}}` } : {}),
        api,
        models: [],
      })
    const next = base_url ? set(text, `${at}.baseUrl`, base_url) : text
    return api ? set(next, `${at}.api`, api) : next
  }
  const m = w.add_model ?? w.context
  if (!m) return text
  const at = `models.providers.${m.provider}.models`
  const models = value.models?.providers?.[m.provider]?.models ?? []
  const i = models.findIndex((/** @type {any} */ x) => x.id === m.id)
  const sizes = { contextWindow: m.context_window, maxTokens: m.max_tokens }
  if (w.add_model && i < 0)
    return set(text, `${at}[${models.length}]`, defined({ id: m.id, name: m.name ?? m.id, ...sizes }))
  return Object.entries(defined(sizes)).reduce((t, [k, v]) => set(t, `${at}[${i}].${k}`, v), text)
}

/** @param {string} text @param {NonNullable<Wish['agent']>} a */
function agent(text, a) {
  const list = parse(text).node.value.agents?.list ?? []
  const at = `agents.list[${list.findIndex((/** @type {any} */ x) => x.id === a.id)}].model`
  const next = set(text, `${at}.primary`, a.primary)
  return a.fallbacks ? set(next, `${at}.fallbacks`, a.fallbacks) : next
}

/** @param {string} text @param {string} ref */
function listed(text, ref) {
  const models = parse(text).node.value.agents?.defaults?.models
  return models && ref.includes('/') && !models[ref] ? set(text, `${defaults}.models["${ref}"]`, {}) : text
}

/** @param {Record<string, unknown>} o */
const defined = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined))

/** @param {Scene} p @param {{text?: string, edits?: any[], wishes?: Wish[]}} change @returns {Plan} */
export function draft(p, change) {
  const f = fileOf(p)
  let text = change.text ?? f.text ?? empty
  if (!understand(f, text, p).bad) {
    for (const e of change.edits ?? []) text = set(text, e.path, e.unset ? undefined : e.value)
    for (const w of change.wishes ?? []) text = wish(text, w)
  }
  const before = understand(f, f.text ?? '', p)
  const after = understand(f, text, p)
  const old = new Set(before.issues.map((i) => i.path + i.code))
  const issues = after.bad
    ? [{ ...place(after.bad), hint: 'Mend that place; the form follows.' }]
    : after.issues.map((i) => ({ ...i, existing: old.has(i.path + i.code) }))
  const kept = before.comments.filter((c) => after.comments.includes(c))
  return {
    path,
    diff: unified(f.text ?? '', text),
    hash_before: hashOf(f.text),
    hash_after: hashOf(text),
    text,
    valid: !after.bad && issues.every((i) => i.existing || i.severity !== 'error'),
    issues,
    comments: before.comments.length,
    comments_kept: kept.length,
    ...(after.form ? { form: after.form } : {}),
  }
}

/** @param {string} before @param {string} after */
export function unified(before, after) {
  if (before === after) return ''
  const lines = (/** @type {string} */ t) => (t ? t.replace(/\n$/, '').split('\n') : [])
  const [a, b] = [lines(before), lines(after)]
  const name = basename(path)
  const hunks = diffIndices(a, b).map((d) => {
    const [from, removed] = d.buffer1
    const [to, added] = d.buffer2
    const head = a.slice(Math.max(0, from - 3), from)
    const foot = a.slice(from + removed, from + removed + 3)
    return [
      `@@ -${from - head.length + 1},${head.length + removed + foot.length} +${to - head.length + 1},${head.length + added + foot.length} @@`,
      ...head.map((l) => ` ${l}`),
      ...a.slice(from, from + removed).map((l) => `-${l}`),
      ...b.slice(to, to + added).map((l) => `+${l}`),
      ...foot.map((l) => ` ${l}`),
    ].join('\n')
  })
  return `--- ${name}\n+++ ${name}\n${hunks.join('\n')}\n`
}

/**
 * @param {Scene} p @param {string} ifMatch @param {any} change @param {{dry?: boolean, note?: string, from?: number}} how
 * @param {(news: unknown) => void} tell
 */
export function save(p, ifMatch, change, how, tell) {
  const f = fileOf(p)
  const plan = draft(p, change)
  if (how.dry) return { plan, saved: false }
  if (ifMatch.replaceAll('"', '') !== hashOf(f.text))
    return refuse(412, 'conflict', `Somebody else wrote ${path} meanwhile. Nothing was written.`)
  if (!plan.valid)
    return {
      problem: {
        status: 422,
        code: 'invalid',
        detail: `OpenClaw would not start with this config: ${plan.issues.find((i) => !i.existing)?.message}`,
        hint: 'Mend what is named below and save again.',
        issues: plan.issues,
      },
    }
  const revision = remember(p, plan.text, 'pilotlight-page', how.note)
  if (how.from) revision.restored_from = how.from
  revision.verdict = { code: 'pending', at: revision.at, text: 'Waiting for what OpenClaw makes of it.' }
  f.text = plan.text
  tell({ path, hash: hashOf(f.text), revision })
  setTimeout(() => {
    revision.verdict = verdict(f.verdict ?? 'accepted')
    if (f.verdict === 'undone') f.text = f.revisions?.[1]?.text ?? f.text
    tell({ path, hash: hashOf(f.text), revision: { ...revision, text: undefined } })
  }, 600)
  return { plan, saved: true, doc: doc(p), revision: { ...revision, text: undefined } }
}

/** @param {number} status @param {string} code @param {string} detail */
const refuse = (status, code, detail) => ({ problem: { status, code, detail } })

/** @param {Scene} p @param {string} text @param {Revision['author']} author @param {string} [note] @returns {Revision} */
function remember(p, text, author, note) {
  const f = fileOf(p)
  const all = (f.revisions ??= [])
  if (all.length === 0 && f.text !== null)
    all.push({
      id: 1,
      at: at(Date.now(), 90),
      author: 'outside',
      path,
      hash: hashOf(f.text),
      bytes: f.text.length,
      diff: '',
      text: f.text,
    })
  /** @type {Revision} */
  const r = {
    id: (all[0]?.id ?? 0) + 1,
    at: new Date().toISOString(),
    author,
    path,
    hash: hashOf(text),
    parent_hash: hashOf(f.text),
    bytes: text.length,
    text,
    diff: unified(f.text ?? '', text),
    ...(note ? { note } : {}),
  }
  all.unshift(r)
  return r
}

/** Somebody else writes the file. @param {Scene} p @param {(text: string) => string} change @param {(news: unknown) => void} tell */
export function write(p, change, tell) {
  const f = fileOf(p)
  const text = change(f.text ?? '')
  remember(p, text, 'outside')
  f.text = text
  tell({ path, hash: hashOf(text) })
}

/**
 * @param {string} route @param {URLSearchParams} query @param {any} body @param {Scene} p @param {string} ifMatch
 * @param {(news: unknown) => void} tell @returns {unknown} undefined where it is none of its paths
 */
export function configAPI(route, query, body, p, ifMatch, tell) {
  const f = fileOf(p)
  const how = { dry: query.get('dry_run') === 'true', note: body.note }
  const [, id, restore] = /^\w+ \/api\/config\/revisions\/(\d+)(\/restore)?$/.exec(route) ?? []
  const [, recipe] = /^POST \/api\/recipes\/([\w-]+)\/apply$/.exec(route) ?? []
  const r = f.revisions?.find((x) => x.id === Number(id))
  if (restore && r)
    return save(p, ifMatch, { text: r.text }, { ...how, from: r.id, note: 'Restored from an earlier version' }, tell)
  if (recipe) {
    const found = f.recipes?.find((x) => x.id === recipe)
    return save(p, ifMatch, { edits: found?.edits ?? [] }, { note: found?.title }, tell)
  }
  switch (route) {
    case 'GET /api/config':
      return doc(p)
    case 'POST /api/config/draft':
      return draft(p, body)
    case 'PUT /api/config/text':
      return save(p, ifMatch, { text: body.text }, how, tell)
    case 'GET /api/config/revisions': {
      const before = Number(query.get('before') ?? Infinity)
      const limit = Number(query.get('limit') ?? 50)
      const rows = (f.revisions ?? []).filter((x) => x.id < before)
      const items = rows.slice(0, limit).map((x) => ({ ...x, text: undefined }))
      return rows.length > limit ? { items, next: String(items.at(-1)?.id) } : { items }
    }
    case 'GET /api/recipes':
      return {
        items: (f.recipes ?? []).map((x) => ({
          ...x,
          diff: x.available ? draft(p, { edits: x.edits }).diff : '',
        })),
      }
    // What a test makes happen.
    case 'POST /play/write-config':
      write(p, (text) => text.replace(query.get('find') ?? '', query.get('put') ?? ''), tell)
      return doc(p)
    default:
      return undefined
  }
}
