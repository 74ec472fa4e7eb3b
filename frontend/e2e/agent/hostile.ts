// What others may say to hurt: text that would be a script, were it taken for
// markup, in every string that comes from outside.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where a payload would send what it found: an address that nothing may be asked at. */
export const thief = 'http://127.0.0.2:9'

/** Markup that runs, loads or sends in each of the ways that browsers know; where tells its way in. */
export const evil = (where: string): string =>
  `${where} <img src=x onerror="alert('${where}')"><script>alert('${where}')</script>` +
  `<svg onload=alert(1)><iframe src="${thief}/${where}"></iframe><a href="javascript:alert(1)">go</a>`

/** The same for where a name must be short. */
export const short = (where: string): string => `${where}"'><img src=x onerror=alert(1)>`

const json = (body: unknown) => JSON.stringify(body)

async function serve(answer: (url: string, method: string) => [number, unknown]) {
  const server: Server = createServer((req, res) => {
    const [status, body] = answer(req.url ?? '', req.method ?? '')
    // Even its headers are hostile.
    res.writeHead(status, { 'Content-Type': 'application/json', Server: short('header'), Location: `${thief}/moved` })
    res.end(json(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, close: () => (server.closeAllConnections(), server.close()) }
}

const model = (key: string, loaded: boolean) => ({
  type: 'llm',
  publisher: evil('publisher'),
  key,
  display_name: evil('display'),
  architecture: short('architecture'),
  quantization: { name: short('quantization'), bits_per_weight: 4 },
  size_bytes: 484_000_000,
  params_string: short('params'),
  format: short('format'),
  max_context_length: 40_960,
  loaded_instances: loaded ? [{ id: short('instance'), config: { context_length: 4096 } }] : [],
})

export const key = short('model')

/** An LM Studio that lists hostile models and refuses each load with hostile words. */
export const hostileLMStudio = () =>
  serve((url, method) => {
    if (method === 'GET' && url.startsWith('/api/v1/models'))
      return [200, { models: [model(key, true), model(short('second'), false)] }]
    return [500, { error: { type: short('type'), code: short('code'), message: evil('refusal') } }]
  })

/** Another Pilotlight that tells hostile things of itself. */
export const hostilePeer = () =>
  serve((url) => {
    const at = new Date().toISOString()
    const error = { code: short('peer-code'), message: evil('peer-error'), hint: evil('peer-hint') }
    if (url !== '/api/status') return [404, { code: 'not_found', detail: evil('detail'), hint: evil('hint') }]
    return [
      200,
      {
        version: short('version'),
        instance: 'f00d',
        host: short('host'),
        demo: false,
        started_at: at,
        listen: `javascript:alert(1)//${thief}`,
        servers: [
          {
            id: 'lmstudio',
            kind: 'lmstudio',
            name: evil('peer-server'),
            url: 'javascript:alert(1)',
            state: 'down',
            checked_at: at,
            error,
            models: [{ key, name: evil('peer-model'), type: 'llm', instances: [{ id: key, seen_loaded_at: at }] }],
          },
        ],
        keep: { server: 'lmstudio', model: key, state: 'blocked', reason: error, since: at },
        notices: [{ id: 'n', at, level: 'error', code: 'x', text: evil('notice'), hint: evil('notice-hint') }],
      },
    ]
  })

/** OpenClaw's config with markup in comments, keys, values, names and refs. */
export const hostileConfig = (lmstudio: string, log: string): string => `// ${evil('comment')}
{
  agents: {
    defaults: {
      model: { primary: ${json(`lmstudio/${key}`)}, fallbacks: [${json(`${'evil'}/${short('fallback')}`)}] },
      models: {
        ${json(`lmstudio/${key}`)}: { alias: ${json(short('alias'))} },
        ${json(`evil/${short('fallback')}`)}: { alias: ${json(evil('alias'))} }, // ${evil('comment')}
      },
    },
    list: [{ id: ${json(short('agent'))}, name: ${json(evil('agent'))}, model: ${json(`lmstudio/${key}`)} }],
  },
  models: {
    mode: 'replace',
    providers: {
      lmstudio: { baseUrl: '${lmstudio}/v1', api: ${json(short('api'))}, models: [{ id: ${json(key)}, name: ${json(evil('name'))} }] },
      evil: { baseUrl: ${json('javascript:alert(1)')}, api: 'openai-completions', models: [{ id: ${json(short('fallback'))}, name: ${json(evil('name'))} }] },
      ${json(short('provider'))}: { baseUrl: '${lmstudio}/evil/v1', apiKey: ${json(short('key'))}, api: 'openai-completions', models: [] },
    },
  },
  ${json(short('unknown'))}: { ${json(evil('unknown'))}: ${json(evil('value'))} },
  logging: { file: '${log}' },
  gateway: { mode: 'local', port: 9 },
  meta: { lastTouchedVersion: ${json(short('version'))} },
}
`

/** A run of OpenClaw's in which everything that is told is hostile. */
export function hostileLog(run: string): string {
  const at = new Date().toISOString()
  const failed = { provider: 'lmstudio', model: key, reason: short('reason'), status: 500, code: short('code') }
  const line = (fields: object) =>
    json({
      0: '{"subsystem":"model-fallback/decision"}',
      1: {
        event: 'model_fallback_decision',
        runId: `${run}${short('run')}`,
        sessionId: short('session'),
        requestedProvider: 'lmstudio',
        requestedModel: key,
        total: 2,
        fallbackConfigured: true,
        ...fields,
      },
      2: 'model fallback decision',
      _meta: { date: at, logLevelName: 'WARN' },
      time: at,
    }) + '\n'
  const error = evil('preview')
  return (
    line({
      ...failed,
      decision: 'candidate_failed',
      candidateProvider: 'lmstudio',
      candidateModel: key,
      attempt: 1,
      errorPreview: error,
    }) +
    line({
      decision: 'candidate_succeeded',
      candidateProvider: 'evil',
      candidateModel: short('fallback'),
      attempt: 2,
      previousAttempts: [{ ...failed, errorPreview: error }],
    }) +
    `{"0":"${'<script>alert(1)</script>'}","1":{"event":"model_fallback_decision"\n`
  )
}
