// Measures how smoothly the Timeline moves: pans it in the system's Chromium,
// headless and without a GPU, with five series of five thousand rows each, and
// counts the frames. Prints them a second; --json for make bench.

import { chromium } from '@playwright/test'
import { launch, views } from './browser.mjs'
import { start } from './serve.mjs'

/** @typedef {{frames_per_second: number, frames: number, distinct: number, p50_ms: number, p95_ms: number, work_p50_ms: number, work_p95_ms: number}} Told */

const seconds = 4
const rows = 5000

const server = await start()
const browser = await chromium.launch(launch)
try {
  const page = await browser.newPage({ viewport: views.wide })
  let answered = 0
  page.on('response', async (res) => {
    if (!res.url().includes('/api/samples')) return
    const { items } = await res.json()
    answered = items.filter((/** @type {{mean: unknown[]}} */ s) => s.mean.length >= rows * 0.9).length
  })
  await page.goto(`${server.url}/scene/timeline-heavy`)
  await page.goto(`${server.url}/#/timeline`)
  await page.getByRole('application').waitFor()
  await page.locator('.uplot').first().waitFor()
  await page.waitForTimeout(1500)
  if (answered < 5) throw new Error(`only ${answered} series have ${rows} rows`)
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  const thread = async () =>
    (await cdp.send('Performance.getMetrics')).metrics.find((m) => m.name === 'ThreadTime')?.value ?? 0
  const before = await thread()
  const panned = /** @type {Told} */ (await page.evaluate(measure, seconds))
  // What the page's own thread spent: unlike the frames, nearly the same on a busy machine.
  const told = { ...panned, cpu_ms: ((await thread()) - before) * (1000 / panned.frames) }
  if (process.argv.includes('--json')) console.log(JSON.stringify(told))
  else {
    console.log(
      `${told.frames_per_second.toFixed(1)} frames/s while panning, ${told.distinct} of ${told.frames} showed another span`,
    )
    console.log(`${told.cpu_ms.toFixed(1)} ms of CPU a frame in the page's thread`)
    console.log(
      `frame p50 ${told.p50_ms.toFixed(1)} ms, p95 ${told.p95_ms.toFixed(1)} ms; work a frame p50 ${told.work_p50_ms.toFixed(1)} ms, p95 ${told.work_p95_ms.toFixed(1)} ms`,
    )
  }
} finally {
  await browser.close()
  await server.close()
}

/** Runs in the page: turns the wheel a little in every frame, to and fro. @param {number} seconds */
function measure(seconds) {
  const surface = document.querySelector('[role=application]')
  const axis = document.querySelector('[data-axis]')
  if (!surface || !axis) throw new Error('there is no time axis')
  const { left, top, width } = surface.getBoundingClientRect()
  return new Promise((resolve) => {
    /** @type {number[]} */
    const times = []
    /** @type {number[]} */
    const works = []
    const spans = new Set()
    let frame = 0
    /** @param {number} t */
    const step = (t) => {
      times.push(t)
      spans.add(axis.innerHTML)
      if (t - (times[0] ?? t) > seconds * 1000) return resolve(sum())
      const deltaX = Math.floor(frame++ / 60) % 2 === 0 ? -4 : 4
      surface.dispatchEvent(
        new WheelEvent('wheel', {
          deltaX,
          clientX: left + width / 2,
          clientY: top + 50,
          bubbles: true,
          cancelable: true,
        }),
      )
      requestAnimationFrame(step)
      // After what this frame draws, before it is shown.
      const began = performance.now()
      const channel = new MessageChannel()
      channel.port1.onmessage = () => works.push(performance.now() - began)
      channel.port2.postMessage(0)
    }
    const sum = () => {
      const gaps = times.slice(1).map((t, i) => t - (times[i] ?? t))
      const at = (/** @type {number[]} */ list, /** @type {number} */ part) =>
        list.toSorted((a, b) => a - b)[Math.floor((list.length - 1) * part)] ?? 0
      return {
        frames_per_second: (gaps.length * 1000) / gaps.reduce((a, b) => a + b, 0),
        frames: gaps.length,
        distinct: spans.size,
        p50_ms: at(gaps, 0.5),
        p95_ms: at(gaps, 0.95),
        work_p50_ms: at(works, 0.5),
        work_p95_ms: at(works, 0.95),
      }
    }
    requestAnimationFrame(step)
  })
}
