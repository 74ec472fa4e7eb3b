// States of the agent to look at: each scene makes a status, a load history
// and how the stand-in agent behaves. Only for development and for the
// scene tests; nothing of this reaches the built dashboard.

import { few } from './fallbacks.mjs'
import { history, busyDays, longHistory } from './loads.mjs'
import { minimax, qwen, models, manyModels } from './models.mjs'
import { at, instance, openclaw, server, none, status, hold, warmServer } from './props.mjs'
import { configScenes } from './scenes-config.mjs'
import { doctorScenes } from './scenes-doctor.mjs'
import { fallbackScenes } from './scenes-fallbacks.mjs'
import { keptScenes } from './scenes-kept.mjs'
import { machineScenes } from './scenes-machines.mjs'
import { memoryScenes } from './scenes-memory.mjs'
import { paletteScenes } from './scenes-palette.mjs'
import { serverScenes } from './scenes-servers.mjs'
import { timelineScenes } from './scenes-timeline.mjs'
import { welcomeScenes } from './scenes-welcome.mjs'

/** @typedef {import('../src/api/types').Status} Status */
/** @typedef {import('../src/api/types').Load} Load */
/** @typedef {{code: string, status: number, detail: string, hint?: string}} Refusal */
/**
 * @typedef {object} Scene
 * @property {Status} status
 * @property {Load[]} loads
 * @property {import('../src/api/types').Fallback[]} [fallbacks] newest first
 * @property {import('../src/api/types').Pattern[]} [patterns]
 * @property {import('./play-config.mjs').File} [config] OpenClaw's config
 * @property {import('./play-doctor.mjs').DoctorPlay} [doctor] what the doctor finds; nothing at all where it is left out
 * @property {import('./timeline.mjs').World} [world] what the Timeline knows; aDay where it is left out
 * @property {import('../src/api/types').Login} [login] how it stands to starting at login; off, and could be on, where it is left out
 * @property {boolean} [unseen] nobody has looked at the last fallback
 * @property {string[]} [places] those that it changes, where not all do
 * @property {number} [story] the fallback whose story is worth a look
 * @property {string[]} [keys] pressed once the page is there
 * @property {boolean} [signedOut] every call answers 401
 * @property {boolean} [silent] nothing is ever said
 * @property {boolean} [slow] what a page reads takes its time
 * @property {boolean} [noPast] the machine's figures have no history yet
 * @property {boolean} [dies] the connection is cut once the state was told
 * @property {Record<string, Refusal>} [refuse] answers by "METHOD path"
 */

/** @type {Record<string, (now: number) => Scene>} */
export const scenes = {
  ...keptScenes,
  ...fallbackScenes,
  ...configScenes,
  ...machineScenes,
  ...doctorScenes,
  ...memoryScenes,
  ...paletteScenes,
  ...serverScenes,
  ...timelineScenes,
  ...welcomeScenes,
  'first-run': (now) => ({
    status: status(now, {
      servers: [
        hold(server(now, { models: manyModels() }), {
          [qwen]: [
            instance(now, {
              id: qwen,
              context_length: 32768,
              explicit: false,
              ttl_seconds: 3600,
              last_used_at: at(now, 780),
              expires_at: at(now, -2820),
            }),
          ],
        }),
      ],
      keep: none(now),
    }),
    loads: history(now, [
      { at: at(now, 40), cause: 'already_loaded', model: qwen, instance_id: qwen, context_actual: 32768 },
    ]),
  }),
  'no-models': (now) => ({
    status: status(now, { servers: [server(now, { models: [] })], keep: none(now), machine: undefined }),
    loads: [],
  }),
  'two-servers': (now) => ({
    status: status(now, {
      servers: [
        hold(server(now, { name: 'Mac Studio' }), { [minimax]: [instance(now)] }),
        hold(
          server(now, {
            id: 'gpu',
            name: 'GPU box',
            url: 'http://10.0.0.7:1234',
            version: '0.4.21',
            models: models().slice(1, 3),
          }),
          { [qwen]: [instance(now, { id: qwen, context_length: 65536, explicit: null, busy: null })] },
        ),
        server(now, {
          id: 'vllm',
          kind: 'openai',
          api: 'openai',
          name: 'vLLM',
          version: undefined,
          url: 'http://10.0.0.8:8000',
          models: [{ key: 'Qwen/Qwen3-32B', name: 'Qwen3 32B', type: 'llm', instances: [] }],
        }),
      ],
    }),
    loads: busyDays(now),
  }),
  'long-history': (now) => ({ status: status(now, { servers: [warmServer(now)] }), loads: longHistory(now) }),
  demo: (now) => ({
    status: status(now, { demo: true, servers: [warmServer(now)], openclaw: openclaw() }),
    loads: busyDays(now),
    fallbacks: few(now),
    story: 3,
  }),
  errors: (now) => ({
    status: status(now, { servers: [warmServer(now)] }),
    loads: [],
    refuse: {
      'GET /api/loads': {
        code: 'internal',
        status: 500,
        detail: 'Something went wrong inside Pilotlight.',
        hint: "Look into agent.log in Pilotlight's state folder: the cause is written there.",
      },
      'DELETE /api/keep': {
        code: 'internal',
        status: 500,
        detail: 'The keep could not be saved: the disk is full.',
        hint: 'Free some space and try again.',
      },
      'POST /api/models/load': {
        code: 'guardrail',
        status: 409,
        detail: 'LM Studio refused: not enough memory',
        hint: "Unload another model, choose a smaller context length, or relax LM Studio's memory guardrail.",
      },
    },
  }),
  stale: (now) => ({ status: status(now, { servers: [warmServer(now)] }), loads: busyDays(now), dies: true }),
  slow: (now) => ({
    status: status(now, { servers: [warmServer(now)], openclaw: openclaw() }),
    loads: [],
    slow: true,
    places: ['timeline', 'fallbacks', 'fallbacks/1', 'models', 'config', 'doctor'],
  }),
  gone: (now) => ({ status: status(now), loads: [], dies: true, silent: true }),
  connecting: (now) => ({ status: status(now), loads: [], silent: true }),
  'signed-out': (now) => ({ status: status(now), loads: [], signedOut: true }),
}

/**
 * The places that a scene changes: what follows the hash, but for "now".
 * @param {string} name
 */
export function placesOf(name) {
  const { fallbacks, places, story } = scenes[name]?.(Date.now()) ?? {}
  if (places) return places
  if (!fallbacks) return ['now', 'models']
  return ['now', 'fallbacks', ...(story ? [`fallbacks/${story}`] : [])]
}

/**
 * Presses the keys of a scene, once its page is there.
 * @param {import('@playwright/test').Page} page @param {string} name
 */
export async function press(page, name) {
  const { keys } = scenes[name]?.(Date.now()) ?? {}
  if (!keys) return
  await page.locator('h1').first().waitFor()
  for (const key of keys) {
    await page.keyboard.press(key)
    if (key.includes('+')) await page.locator('dialog[open]').waitFor()
  }
}
