// A page that nobody looks at costs nothing: no clock, no request, no frame.

import { expect, test, type Page } from './play'

/** Tells the page that it is hidden, or seen again, as the browser does. */
function show(page: Page, seen: boolean) {
  return page.evaluate((seen) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: !seen })
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: seen ? 'visible' : 'hidden' })
    document.dispatchEvent(new Event('visibilitychange'))
  }, seen)
}

/** Runs in the page. */
function count(): void {
  const counted = { timers: 0, frames: 0, changes: 0 }
  Object.assign(window, { counted })
  const { setTimeout, setInterval, requestAnimationFrame } = window
  window.setTimeout = ((...a: Parameters<typeof setTimeout>) => (counted.timers++, setTimeout(...a))) as never
  window.setInterval = ((...a: Parameters<typeof setInterval>) => (counted.timers++, setInterval(...a))) as never
  window.requestAnimationFrame = (f) => (counted.frames++, requestAnimationFrame(f))
  new MutationObserver((m) => (counted.changes += m.length)).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  })
}

/** Runs in the page. */
function countFromHere(): number {
  const { counted } = window as unknown as { counted: Record<string, number> }
  const sum = Object.values(counted).reduce((a, b) => a + b)
  for (const what of Object.keys(counted)) counted[what] = 0
  return sum
}

/** Whether the page did nothing for a while. */
async function rested(page: Page): Promise<boolean> {
  await page.evaluate(countFromHere)
  await page.waitForTimeout(300)
  return (await page.evaluate(countFromHere)) === 0
}

for (const [scene, place] of [
  ['loading', 'now'],
  ['timeline-day', 'timeline'],
  ['fallbacks-few', 'fallbacks'],
  ['doctor-findings', 'doctor'],
] as const)
  test(`${place} stands still while it is hidden, and goes on when it is seen`, async ({ stage: { page, open } }) => {
    await page.clock.install()
    await open(scene, place)
    await expect(page.getByRole('heading', { level: 1 })).not.toHaveText(/Connecting|Reading|Looking/)
    await page.clock.runFor(2000)
    await page.evaluate(count)
    // What was asked before is answered.
    await expect.poll(() => rested(page)).toBe(true)
    await show(page, false)
    await page.evaluate(countFromHere)
    const asked: string[] = []
    // The other places' code is fetched once, before the page was hidden or a moment after.
    page.on('request', (r) => {
      if (!r.url().includes('/assets/')) asked.push(r.url())
    })
    // Four minutes: what wakes after five is the end of the connection.
    await page.clock.runFor(240_000)
    expect(await page.evaluate(() => (window as unknown as { counted: object }).counted)).toEqual({
      timers: 0,
      frames: 0,
      changes: 0,
    })
    expect(asked).toEqual([])
    await page.clock.runFor(61_000)
    await show(page, true)
    // Seen again after five minutes, it asks anew.
    await expect.poll(() => asked.some((url) => url.endsWith('/api/events'))).toBe(true)
    const running = await page.evaluate(
      () =>
        document
          .getAnimations()
          .filter((a) => a.playState === 'running' && a.effect?.getTiming().iterations === Infinity).length,
    )
    expect(running, 'nothing moves for ever').toBe(0)
  })
