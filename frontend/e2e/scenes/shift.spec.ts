// What is read late must not push about what is there: every answer of the
// agent is held back and let go by itself, the oldest first and the newest
// first, and the browser's own figure (CLS) tells how much moved.

import type { Route } from '@playwright/test'
import { views } from '../../dev/browser.mjs'
import { expect, test, type Page } from './play'

/** The scene that shows the most of a place. */
const scenes = {
  now: 'demo',
  timeline: 'demo',
  fallbacks: 'fallbacks-patterns',
  models: 'demo',
  config: 'config-demo',
  doctor: 'doctor-demo',
}
const sizes = { ...views, least: { width: 900, height: 600 } }
const most = 0.02

interface Moved extends Window {
  moved?: { sum: number; what: string[] }
}

/** Runs in the page, before anything of it. */
function watch(): void {
  const moved = { sum: 0, what: [] as string[] }
  ;(window as Moved).moved = moved
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as unknown as Shift[]) {
      moved.sum += entry.value
      for (const { node, previousRect, currentRect } of entry.sources)
        moved.what.push(
          `${entry.value.toFixed(3)}: ${previousRect.y} to ${currentRect.y}, ${(node?.textContent ?? '').trim().slice(0, 60)}`,
        )
    }
  }).observe({ type: 'layout-shift', buffered: true })
}

interface Shift {
  value: number
  sources: { node: Node | null; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly }[]
}

/** Two frames, and the turn in which the browser tells of them. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))),
  )
}

for (const [place, scene] of Object.entries(scenes))
  test(`nothing moves while ${place} is read`, async ({ stage: { page, open } }) => {
    await page.addInitScript(watch)
    const held: Route[] = []
    await page.route(/\/api\/(?!events)/, (route) => void held.push(route))
    for (const [size, view] of Object.entries(sizes))
      for (const order of ['oldest', 'newest'] as const) {
        await page.setViewportSize(view)
        await open(scene, place)
        await expect.poll(() => held.length, 'something is read').toBeGreaterThan(0)
        await drawn(page)
        for (let next = held.shift(); next; next = order === 'oldest' ? held.shift() : held.pop()) {
          const { url, method } = { url: next.request().url(), method: next.request().method() }
          const came = page.waitForResponse((r) => r.url() === url && r.request().method() === method)
          await next.continue()
          await (await came).finished()
          await drawn(page)
        }
        const moved = await page.evaluate(() => (window as Moved).moved)
        expect.soft(moved?.sum, `${size}, the ${order} first:\n${moved?.what.join('\n')}`).toBeLessThanOrEqual(most)
        await page.goto('about:blank')
        held.length = 0
      }
    await page.unrouteAll({ behavior: 'ignoreErrors' })
  })
