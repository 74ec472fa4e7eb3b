// Scenes of the Timeline.

import { fallback, few, numbered, plenty } from './fallbacks.mjs'
import { busyDays } from './loads.mjs'
import { minimax, qwen, models } from './models.mjs'
import { hold, instance, openclaw, server, status, warmServer } from './props.mjs'
import { lane, mac, server as stood, twoCards } from './timeline.mjs'
import { aDay, aYear } from './timeline-worlds.mjs'

/** @typedef {import('./scenes.mjs').Scene} Scene */
/** @typedef {import('./timeline.mjs').World} World */

const hour = 3_600_000

/** @param {number} now @param {World} world @param {Partial<Scene>} [over] @returns {Scene} */
const scene = (now, world, over = {}) => ({
  status: status(now, { servers: [warmServer(now)], openclaw: openclaw() }),
  loads: busyDays(now),
  fallbacks: few(now),
  world,
  places: ['timeline'],
  ...over,
})

/** @param {number} now */
const lately = (now) =>
  numbered([
    fallback(now, 0.6 * 3600),
    fallback(now, 0.66 * 3600),
    fallback(now, 3.3 * 3600, { outcome: 'exhausted', answered: null }),
    fallback(now, 17 * 3600),
  ])

/** @param {number} iso */
const stamp = (iso) => new Date(iso).toISOString().replace(/\.\d+/, '')

const broken = {
  code: 'internal',
  status: 500,
  detail: 'Something went wrong inside Pilotlight.',
  hint: "Look into agent.log in Pilotlight's state folder: the cause is written there.",
}

/** @type {Record<string, (now: number) => Scene>} */
export const timelineScenes = {
  'timeline-day': (now) =>
    scene(now, aDay(now), {
      fallbacks: lately(now),
      places: [
        'timeline',
        'timeline?last=1h',
        `timeline?from=${stamp(now - 1.4 * hour)}&to=${stamp(now - 0.2 * hour)}&at=${stamp(now - 0.66 * hour)}`,
      ],
    }),
  'timeline-year': (now) =>
    scene(now, aYear(now), { fallbacks: plenty(now, 480), places: ['timeline?last=1y', 'timeline?last=30d'] }),
  'timeline-two-gpus': (now) => {
    const lanes = [
      lane(
        now,
        qwen,
        [
          [20 * hour, 12, 8 * hour, 32768],
          [7 * hour, 12, null, 65536],
        ],
        'gpu',
      ),
    ]
    return scene(
      now,
      {
        since: now - 40 * 24 * hour,
        until: now,
        gaps: [],
        series: twoCards(lanes),
        lanes,
        servers: stood(now, [[900 * hour, 0, 'up']], 'gpu'),
      },
      {
        status: status(now, {
          servers: [
            hold(server(now, { id: 'gpu', name: 'GPU box', models: models().slice(1, 3) }), {
              [qwen]: [instance(now, { id: qwen, context_length: 65536 })],
            }),
          ],
        }),
        fallbacks: [],
      },
    )
  },
  'timeline-no-gpu': (now) => {
    const day = aDay(now)
    return scene(now, { ...day, series: day.series.filter((s) => !s.gpu && s.name !== 'memory.pressure') })
  },
  'timeline-nothing': (now) =>
    scene(now, { since: now, until: now, gaps: [], series: [], lanes: [], servers: [] }, { fallbacks: [], loads: [] }),
  'timeline-minutes': (now) => {
    const lanes = [lane(now, minimax, [[6 * 60_000, 41, null, 131072]])]
    return scene(
      now,
      {
        since: now - 7 * 60_000,
        until: now,
        gaps: [],
        series: mac(lanes),
        lanes,
        servers: stood(now, [[7 * 60_000, 0, 'up']]),
      },
      { fallbacks: [], places: ['timeline?last=1h'] },
    )
  },
  'timeline-many-models': (now) => {
    const lanes = Array.from({ length: 11 }, (_, i) =>
      lane(now, i === 0 ? minimax : `maker/some-model-with-a-very-long-name-${i}-instruct-q4_k_m`, [
        [(22 - i) * hour, 20, (20 - i * 1.7) * hour, 4096 * 2 ** (i % 7)],
      ]),
    )
    const day = aDay(now)
    return scene(now, { ...day, lanes, series: mac(lanes) }, { fallbacks: plenty(now, 60) })
  },
  'timeline-errors': (now) =>
    scene(now, aDay(now), { refuse: { 'GET /api/samples': broken, 'GET /api/timeline': broken } }),
  'timeline-stale': (now) => scene(now, aDay(now), { fallbacks: lately(now), dies: true }),
  // Five series of five thousand rows, whatever is asked: for frames.mjs.
  'timeline-heavy': (now) => {
    const day = aDay(now)
    const wanted = twoCards(day.lanes).filter((s) => /used$|utilization$/.test(s.name))
    return scene(now, { ...day, gaps: [], series: wanted, rows: 5000 }, { places: [] })
  },
}
