// Takes pictures of every scene in every look (looks.mjs), and contact sheets
// of them: node dev/shots.mjs FOLDER [SCENE…]
//   --look wide-dark,phone   only these looks
//   --place now,timeline     only these places; a fallback's story is fallbacks-story
//   --real PROGRAM           also of the program's demo, its sign-in and the window's own page
// What a picture cannot show is printed: what sticks out sideways, what the page throws.

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { launch } from './browser.mjs'
import { looks, options } from './looks.mjs'
import { demo, windowPages } from './real.mjs'
import { placesOf, press, scenes } from './scenes.mjs'
import { start } from './serve.mjs'
import { sheets } from './sheet.mjs'

/** @typedef {import('./looks.mjs').Look} Look */
/** @typedef {import('@playwright/test').Page} Page */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { look: { type: 'string' }, place: { type: 'string' }, real: { type: 'string' } },
})
const [folder = '../bin/shots', ...only] = positionals
const wanted = values.look?.split(',')
const places = values.place?.split(',')
const chosen = looks.filter((l) => !wanted || wanted.includes(l.name) || wanted.includes(`${l.name}-${l.scheme}`))
const names = only.length > 0 ? only : Object.keys(scenes)
const unknown = names.filter((n) => !scenes[n])
if (unknown.length > 0)
  throw new Error(`no such scene: ${unknown.join(', ')}; there are ${Object.keys(scenes).join(' ')}`)

/** Every place in these: what they change is in the shell, or everywhere. */
const everywhere = ['now', 'timeline', 'fallbacks', 'models', 'config', 'doctor']
/** @type {Record<string, string[]>} */
const more = { demo: everywhere, stale: everywhere, warm: ['nowhere', 'fallbacks/999999'] }
/** More of a page is not worth its bytes. */
const tallest = 4000

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })

/** @type {import('./sheet.mjs').Shot[]} */
const shots = []

/** @param {Page} page @param {Look} look @param {string} name @param {string} place */
async function take(page, look, name, place) {
  const file = `${name}-${look.name}-${look.scheme}.png`
  const { width, height } = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth,
    height: document.documentElement.scrollHeight,
  }))
  if (width > look.width) console.log(`${file}: sticks out by ${width - look.width} px`)
  await page.screenshot({
    path: join(folder, file),
    fullPage: true,
    clip: { x: 0, y: 0, width: look.width, height: Math.min(Math.max(height, look.height), tallest) },
  })
  shots.push({ file, place, look })
}

/** @param {Look} look @param {(page: Page) => Promise<void>} visit */
async function through(look, visit) {
  const page = await browser.newPage(options(look))
  page.on('pageerror', (e) => console.log(`${page.url()} ${look.name}: ${e.message}`))
  await visit(page)
  await page.close()
}

/** @param {Look} look */
async function all(look) {
  await through(look, async (page) => {
    for (const name of names)
      for (const place of new Set([...placesOf(name), ...(more[name] ?? [])])) {
        const group = place.replace(/[/?].*/, (rest) => (rest.startsWith('/') ? '-story' : ''))
        if (places && !places.includes(group)) continue
        await page.goto(`${server.url}/scene/${name}`)
        if (place !== 'now') await page.goto(`${server.url}/#/${place}`)
        await press(page, name)
        await page.waitForTimeout(name.endsWith('stale') ? 2200 : 450)
        await take(page, look, `${name}-${place.replace(/\W+/g, '-').slice(0, 40)}`, group)
      }
  })
}

const server = await start()
const browser = await chromium.launch(launch)
try {
  // Each page waits more than it works.
  const left = [...chosen]
  const worker = async () => {
    for (let look = left.shift(); look; look = left.shift()) await all(look)
  }
  await Promise.all([worker(), worker(), worker()])
  if (values.real) {
    const real = await demo(values.real)
    try {
      for (const look of chosen) {
        await through(look, (page) => real.visit(page, (name) => take(page, look, `real-${name}`, 'real')))
        await through(look, (page) => windowPages(page, (name) => take(page, look, `window-${name}`, 'window')))
      }
    } finally {
      await real.close()
    }
  }
  shots.sort((a, b) => a.file.localeCompare(b.file))
  const made = await sheets(browser, folder, shots)
  console.log(`${shots.length} pictures, ${made.length} sheets: ${join(folder, 'index.html')}`)
} finally {
  await browser.close()
  await server.close()
}
