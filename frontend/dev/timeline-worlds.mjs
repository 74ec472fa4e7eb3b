// What the stand-in agent's Timeline knows by itself: a day, and a year.

import { minimax, qwen, gemma } from './models.mjs'
import { asked, day, failing, hour, lane, mac, minute, noise, server, usedWhere, works } from './timeline.mjs'

/** @typedef {import('./timeline.mjs').World} World */
/** @typedef {import('./timeline.mjs').Stretch} Stretch */
/** @typedef {import('../src/api/types').ServerChange} ServerChange */

/** A day as it goes on a Mac that runs well, but for thirteen minutes and a night's sleep. @param {number} now @returns {World} */
export function aDay(now) {
  const gaps = [{ from: now - 9.9 * hour, to: now - 6.4 * hour }]
  const lanes = [
    failing(
      usedWhere(
        lane(now, minimax, [
          [21.7 * hour, 41, 9.9 * hour, 131072],
          [3.2 * hour, 44, 0.72 * hour, 131072],
          [0.46 * hour, 41, null, 131072],
        ]),
        now,
        works,
        gaps,
      ),
      now - 3.45 * hour,
      'Not enough memory: 162 GB are needed and 148 GB were free',
    ),
    usedWhere(
      lane(now, qwen, [
        [19 * hour, 8, 17.6 * hour, 32768],
        [6.1 * hour, 8, 4.3 * hour, 65536],
      ]),
      now,
      asked,
      gaps,
    ),
    // Of this one nobody tells whether it is used.
    lane(now, gemma, [[2 * hour, 2, 1.4 * hour, 4096]]),
  ]
  return {
    since: now - 300 * day,
    until: now,
    gaps,
    series: mac(lanes),
    lanes,
    servers: server(now, [
      [200 * day, 9.9 * hour, 'up'],
      [9.9 * hour, 6.4 * hour, 'unknown'],
      [6.4 * hour, 0.72 * hour, 'up'],
      [0.72 * hour, 0.5 * hour, 'server_off', 'server_off'],
      [0.5 * hour, 0, 'up'],
    ]),
  }
}

/** A year: the model comes and goes, the machine sleeps at night, the server is off now and then. @param {number} now @returns {World} */
export function aYear(now) {
  /** @type {[number, number, number | null, number][]} */
  const lives = []
  /** @type {Stretch[]} */
  const gaps = []
  /** @type {[number, number, ServerChange['state'], string?][]} */
  const states = []
  for (let d = 340; d >= 0; d--) {
    const begin = d * day
    if (d % 31 > 27) {
      gaps.push({ from: now - begin, to: now - begin + day })
      continue
    }
    const size = d > 200 ? 32768 : d > 90 ? 65536 : 131072
    lives.push([begin, 41, d === 0 ? null : begin - (16 + 7 * noise(d * day, 3 * day)) * hour, size])
    const off = d % 23 === 0
    states.push([begin, off ? begin - 12 * hour : begin - day, 'up'])
    if (off) states.push([begin - 12 * hour, begin - day, 'down', 'app_off'])
  }
  const lanes = [
    failing(
      // Since a month or two it is told when it is used.
      usedWhere(lane(now, minimax, lives), now, works, [{ from: 0, to: now - 60 * day }, ...gaps], 10 * minute),
      now - 150.4 * day,
      'The engine crashed while loading',
    ),
    lane(
      now,
      qwen,
      lives.filter((_, i) => i % 9 === 0).map(([from]) => [from - 3 * hour, 8, from - 9 * hour, 32768]),
    ),
  ]
  return { since: now - 340 * day, until: now, gaps, series: mac(lanes), lanes, servers: server(now, states) }
}
