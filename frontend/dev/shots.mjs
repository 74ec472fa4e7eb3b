// Takes pictures of every scene, in both themes and both widths, into a
// folder: node dev/shots.mjs FOLDER [SCENE…]

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { launch, views } from './browser.mjs'
import { placesOf, press, scenes } from './scenes.mjs'
import { start } from './serve.mjs'

const [folder, ...only] = process.argv.slice(2)
if (!folder) throw new Error('name a folder for the pictures')
mkdirSync(folder, { recursive: true })
const names = only.length > 0 ? only : Object.keys(scenes)

const server = await start()
const browser = await chromium.launch(launch)
for (const theme of /** @type {const} */ (['light', 'dark'])) {
  for (const [view, viewport] of Object.entries(views)) {
    const page = await browser.newPage({ viewport, colorScheme: theme })
    page.on('console', (m) => m.type() === 'error' && console.log(`${theme} ${view}: ${m.text()}`))
    page.on('pageerror', (e) => console.log(`${theme} ${view}: ${e.message}`))
    for (const name of names) {
      for (const place of placesOf(name)) {
        await page.goto(`${server.url}/scene/${name}`)
        if (place !== 'now') await page.goto(`${server.url}/#/${place}`)
        await press(page, name)
        await page.waitForTimeout(name.endsWith('stale') ? 2200 : 450)
        await page.screenshot({
          path: join(folder, `${name}-${place.replace(/\W+/g, '-').slice(0, 40)}-${view}-${theme}.png`),
          fullPage: view === 'phone' || place !== 'now',
        })
      }
    }
    await page.close()
  }
}
await browser.close()
await server.close()
