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

/** Where something begins, from the top of the page. */
const y = async (page: Page, part: string): Promise<number> =>
  page
    .getByRole('region', { name: part, exact: true })
    .evaluate((e) => Math.round(e.getBoundingClientRect().top + scrollY))

test('a model that is loaded, or being loaded, moves nothing of Now', async ({ stage: { page, open } }) => {
  for (const [size, view] of Object.entries(sizes)) {
    await page.setViewportSize(view)
    const found: Record<string, number[]> = {}
    for (const scene of ['warm', 'loading', 'loading-progress']) {
      await open(scene)
      await expect(page.getByText('of 512 GB')).toBeVisible()
      found[scene] = [await y(page, 'Memory'), await y(page, 'In memory')]
    }
    expect.soft(found.loading, size).toEqual(found.warm)
    expect.soft(found['loading-progress'], size).toEqual(found.warm)
  }
})

test('what a moment reads has its place, whatever it reads', async ({ stage: { page, open } }) => {
  const moment = page.locator('section[aria-labelledby="moment"]')
  for (const view of Object.values(sizes)) {
    await page.setViewportSize(view)
    await open('timeline-day', 'timeline')
    await page.getByRole('application', { name: 'Time axis' }).focus()
    const places = new Map<string, Set<string>>()
    const texts = new Set<string>()
    for (let i = 0; i < 24; i++) {
      await page.keyboard.press('Shift+ArrowLeft')
      await drawn(page)
      texts.add(await moment.locator('dl').first().innerText())
      const all = await moment.evaluate((section) =>
        [...section.querySelectorAll('dl:first-of-type dt')].map((dt) => {
          const [own, from] = [dt.getBoundingClientRect(), section.getBoundingClientRect()]
          return [dt.textContent, `${Math.round(own.x - from.x)} ${Math.round(own.y - from.y)}`] as const
        }),
      )
      for (const [label, place] of all) places.set(label, (places.get(label) ?? new Set()).add(place))
    }
    expect(texts.size, 'what is read changes').toBeGreaterThan(3)
    for (const label of ['Memory', 'GPU', 'GPU memory', 'Pressure', 'CPU'])
      expect.soft(places.get(label)?.size, `${label} at ${view.width}`).toBe(1)
  }
})

test('the first look at a machine, which tells no CPU, leaves its place', async ({ stage: { page, open } }) => {
  await page.route('**/api/samples*', async (route) => {
    const answer = await route.fetch()
    const body = (await answer.json()) as { items: { name: string }[] }
    const items = body.items.filter((s) => s.name !== 'cpu.utilization')
    expect(items.length, 'a machine tells of its CPU').toBeLessThan(body.items.length)
    await route.fulfill({ response: answer, json: { ...body, items } })
  })
  await open('timeline-day', 'timeline')
  const moment = page.locator('section[aria-labelledby="moment"]')
  await expect(moment).toContainText('CPU not known')
  await page.unrouteAll({ behavior: 'ignoreErrors' })
})

test('a chart stands where it stood when its GPUs are read no more', async ({ stage: { page, open } }) => {
  let gone = false
  await page.route('**/api/samples*', async (route) => {
    const answer = await route.fetch()
    const body = (await answer.json()) as { items: { name: string; mean: (number | null)[] }[] }
    if (gone) for (const s of body.items) if (s.name.startsWith('gpu.')) s.mean[s.mean.length - 1] = null
    await route.fulfill({ response: answer, json: body })
  })
  const axis = page.locator('[data-axis]')
  const note = page.locator('[data-timeline] [title*="unknown"], [data-timeline] [title*="Nothing was read"]')
  for (const view of Object.values(sizes)) {
    await page.setViewportSize(view)
    const at: number[] = []
    for (gone of [false, true]) {
      await open('timeline-two-gpus', 'timeline')
      await expect(note).toHaveCount(gone ? 4 : 0)
      at.push(await axis.evaluate((e) => e.getBoundingClientRect().top + scrollY))
      await page.goto('about:blank')
    }
    expect.soft(at[1], `at ${view.width}`).toBe(at[0])
  }
  await page.unrouteAll({ behavior: 'ignoreErrors' })
})

/** What a program that is not this page does. */
async function elsewhere(page: Page, path: string, body: object): Promise<void> {
  await page.evaluate(([path, body]) => fetch(path, { method: 'POST', body }).then((r) => r.text()), [
    path,
    JSON.stringify(body),
  ] as const)
}

test('what the pointer is on stays under it when a model comes and goes above', async ({ stage: { page, open } }) => {
  await page.setViewportSize(sizes.wide)
  await open('warm', 'models')
  const button = page.getByRole('button', { name: 'Load Qwen3 Coder 30B' })
  const top = () => button.evaluate((e) => Math.round(e.getBoundingClientRect().top))
  for (const scrolled of [0, 60]) {
    await page.evaluate((by) => scrollTo(0, by), scrolled)
    await button.hover()
    const before = await top()
    await elsewhere(page, '/api/models/load', { server: 'lmstudio', model: 'google/gemma-3-1b' })
    await expect(page.getByRole('button', { name: 'Unload google/gemma-3-1b' })).toBeVisible()
    expect.soft(await top(), `one more, scrolled by ${scrolled}`).toBe(before)
    await page.mouse.move(0, 0)
    await button.hover()
    const then = await top()
    await elsewhere(page, '/api/models/unload', { instance_id: 'google/gemma-3-1b' })
    await expect(page.getByRole('button', { name: 'Unload google/gemma-3-1b' })).toBeHidden()
    expect.soft(await top(), `one less, scrolled by ${scrolled}`).toBe(then)
    await page.mouse.move(0, 0)
  }
  // There is nothing above to scroll to.
  await page.evaluate(() => scrollTo(0, 0))
  await button.hover()
  const before = await top()
  await elsewhere(page, '/api/models/unload', { instance_id: 'lmstudio-community/minimax-m2.1-mlx-4bit' })
  await expect(page.getByRole('button', { name: /^Unload / })).toHaveCount(0)
  expect.soft(await top(), 'at the head of the page').toBe(before)
  await page.mouse.move(0, 0)
  await expect.poll(top, 'the room is given back').toBeLessThan(before)
})

test('no step of the scroll is taken back where rows are drawn anew', async ({ stage: { page, open } }) => {
  await open('fallbacks-ten-thousand', 'fallbacks')
  const older = page.getByRole('button', { name: 'Show older' })
  for (let read = 100; read <= 500; read += 50) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    await older.click()
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollHeight)).toBeGreaterThan(height)
  }
  const lost = await page.evaluate(async () => {
    let lost = 0
    while (scrollY > 400) {
      const from = scrollY
      scrollBy(0, -400)
      await new Promise(requestAnimationFrame)
      await new Promise((told) => setTimeout(told))
      if (scrollY > from - 200) lost++
    }
    return lost
  })
  expect(lost).toBe(0)
})

test.describe('with a finger', () => {
  test.use({ hasTouch: true, viewport: views.phone })

  test('what slid under it just before is not pressed', async ({ stage: { page, open } }) => {
    await open('warm', 'models')
    const button = page.getByRole('button', { name: 'Load Qwen3 Coder 30B' })
    const dialog = page.getByRole('dialog', { name: 'Load Qwen3 Coder 30B' })
    // As soon as the page has drawn what comes above: sooner than any finger.
    const tapped = button.evaluate(
      (button) =>
        new Promise<boolean>((done) => {
          const from = button.getBoundingClientRect().top
          const how = { pointerType: 'touch', bubbles: true, cancelable: true, detail: 1 }
          new MutationObserver((_, self) => {
            if (Math.abs(button.getBoundingClientRect().top - from) < 8) return
            self.disconnect()
            button.dispatchEvent(new PointerEvent('pointerdown', how))
            done(button.dispatchEvent(new PointerEvent('click', how)))
          }).observe(document.body, { childList: true, subtree: true })
        }),
    )
    await elsewhere(page, '/api/models/load', { server: 'lmstudio', model: 'google/gemma-3-1b' })
    expect(await tapped, 'the tap does what a tap does').toBe(false)
    await expect(page.getByRole('button', { name: 'Unload google/gemma-3-1b' })).toBeVisible()
    await expect(dialog).toBeHidden()
    // Once it stands, it is pressed as ever.
    await expect(async () => {
      await button.tap()
      await expect(dialog).toBeVisible({ timeout: 1000 })
    }).toPass()
  })
})
