// Opens the pages of a running agent's dashboard again and again, as a person does,
// and prints how that feels, in milliseconds, as JSON:
//
//   node dev/open-pages.mjs LINK RUNS
//
// LINK signs in. A model must be kept, so that there is a switch to turn. Each run is
// a browser window of its own: nothing of the page is in its cache. Shifts of the
// layout are those of the Layout Instability API, over the load and three seconds after.

import { chromium } from '@playwright/test'
import { launch, views } from './browser.mjs'

const [link, count] = process.argv.slice(2)
if (!link || !count) throw new Error('name a link and how many runs')

const places = ['now', 'timeline', 'fallbacks', 'models', 'config', 'doctor']
/** How long a page is watched for what comes late. */
const watched = 3000

/** Runs in the page before anything of it: watches what the browser tells. */
function watch() {
  const seen = { shift: 0, moved: /** @type {string[]} */ ([]), longest: 0, long: 0, usable: 0 }
  const entries = (/** @type {string} */ type, /** @type {(e: any) => void} */ f) =>
    new PerformanceObserver((list) => list.getEntries().forEach(f)).observe({ type, buffered: true })
  entries('layout-shift', (e) => {
    if (e.hadRecentInput) return
    seen.shift += e.value
    for (const { node, previousRect: was, currentRect: is } of e.sources)
      seen.moved.push(
        `${e.value.toFixed(3)} at ${Math.round(e.startTime)} ms, from ${was.y} to ${is.y}, ${is.height} high: ` +
          (node?.textContent || node?.outerHTML || '').trim().slice(0, 100),
      )
  })
  entries('longtask', (e) => {
    seen.long += e.duration
    seen.longest = Math.max(seen.longest, e.duration)
  })
  // Usable: the sentence stands there, and the keep switch can be turned.
  const look = () => {
    const there = document.querySelector('main h1') && document.querySelector('main [role=switch]:not(:disabled)')
    if (there && !seen.usable) requestAnimationFrame(() => (seen.usable ||= performance.now()))
    if (!there) requestAnimationFrame(look)
  }
  look()
  Object.assign(window, { seen })
}

/** Clicks a link of the rail; resolves with when its place was drawn. @param {string} place */
async function turn(place) {
  const to = document.querySelector(`header nav a[href="#/${place === 'now' ? '' : place}"]`)
  if (!(to instanceof HTMLElement)) throw new Error(`the rail has no ${place}`)
  // A place is there when its heading is, which it draws itself, and has been shown.
  const old = document.querySelector('main h1')
  const started = performance.now()
  to.click()
  await /** @type {Promise<void>} */ (
    new Promise((done, fail) => {
      const late = setTimeout(() => fail(new Error(`${place} does not come`)), 30_000)
      const look = () => {
        const head = document.querySelector('main h1')
        if (!head || head === old) return void requestAnimationFrame(look)
        clearTimeout(late)
        requestAnimationFrame(() => done())
      }
      look()
    })
  )
  return performance.now() - started
}

const browser = await chromium.launch(launch)
const first = await browser.newContext()
const door = await first.newPage()
await door.goto(link)
await door.getByRole('switch', { name: 'Keep loaded' }).waitFor()
const root = new URL('/', door.url()).href
const storageState = await first.storageState()
await first.close()

async function open(viewport = views.wide) {
  const context = await browser.newContext({ viewport, storageState })
  const page = await context.newPage()
  await page.addInitScript(watch)
  return page
}

const painted = (/** @type {import('@playwright/test').Page} */ page) =>
  page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN)

/** @typedef {{shift: number, moved: string[], longest: number, long: number, usable: number}} Seen */
const seenOf = (/** @type {import('@playwright/test').Page} */ page) =>
  page.evaluate(() => /** @type {any} */ (window).seen).then((s) => /** @type {Seen} */ (s))

const out = {
  /** A line of text from the same agent: what any page costs here. */
  plain: /** @type {number[]} */ ([]),
  paint: /** @type {number[]} */ ([]),
  usable: /** @type {number[]} */ ([]),
  /** What the page's own thread worked until then: nearly the same on a busy machine. */
  cpu: /** @type {number[]} */ ([]),
  /** From the click on the switch until it is turned. */
  turned: /** @type {number[]} */ ([]),
  longest: /** @type {number[]} */ ([]),
  long: /** @type {number[]} */ ([]),
  /** Of each place, its first visit in a window and the others. */
  first: /** @type {Record<string, number[]>} */ ({}),
  again: /** @type {Record<string, number[]>} */ ({}),
  shift: /** @type {Record<string, number[]>} */ ({}),
  moved: /** @type {Record<string, string[]>} */ ({}),
}

for (let run = 0; run < Number(count); run++) {
  const page = await open()
  await page.goto(`${root}healthz`)
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0)
  out.plain.push(await painted(page))
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  const thread = async () =>
    ((await cdp.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration')?.value ?? NaN) * 1000
  const before = await thread()
  await page.goto(root)
  await page.waitForFunction(() => /** @type {any} */ (window).seen.usable > 0)
  out.cpu.push((await thread()) - before)
  await page.waitForTimeout(watched)
  out.paint.push(await painted(page))
  const seen = await seenOf(page)
  out.usable.push(seen.usable)
  out.longest.push(seen.longest)
  out.long.push(seen.long)
  for (const place of [...places.slice(1), 'now', ...places.slice(1)]) {
    const known = place === 'now' || out.first[place]?.length === run + 1
    ;((known ? out.again : out.first)[place] ??= []).push(await page.evaluate(turn, place))
    await page.waitForTimeout(150)
  }
  out.turned.push(await turnKeep(page))
  await page.context().close()
}
for (const [view, viewport] of Object.entries(views)) {
  for (const place of places) {
    const name = view === 'wide' ? place : `${place} on a ${view}`
    // All runs at once: what comes slower only moves more, and one by one they take minutes.
    const all = await Promise.all(Array.from({ length: Number(count) }, () => shifts(viewport, place)))
    out.shift[name] = all.map((seen) => seen.shift)
    // Those of one run tell where to look.
    const far = all.find((seen) => seen.shift > 0.01)
    if (far) out.moved[name] = far.moved
  }
}
await browser.close()
console.log(JSON.stringify(out))

/**
 * Opens a place in a window of its own and watches what moves.
 * @param {{ width: number, height: number }} viewport
 * @param {string} place
 */
async function shifts(viewport, place) {
  const page = await open(viewport)
  await page.goto(`${root}#/${place === 'now' ? '' : place}`)
  await page.locator('main h1').waitFor()
  await page.waitForTimeout(watched)
  const seen = await seenOf(page)
  await page.context().close()
  return seen
}

/**
 * Turns the keep switch off and keeps the model again.
 * @param {import('@playwright/test').Page} page
 */
async function turnKeep(page) {
  await page.evaluate(turn, 'now')
  const took = await page.evaluate(async () => {
    const keep = /** @type {HTMLElement} */ (document.querySelector('main [role=switch]'))
    const started = performance.now()
    keep.click()
    await /** @type {Promise<void>} */ (
      new Promise((done) => {
        const look = () =>
          keep.isConnected && keep.getAttribute('aria-checked') === 'true'
            ? requestAnimationFrame(look)
            : requestAnimationFrame(() => done())
        look()
      })
    )
    return performance.now() - started
  })
  await page.getByRole('button', { name: /^Keep .* again$/ }).click()
  await page.getByRole('switch', { name: 'Keep loaded' }).waitFor()
  return took
}
