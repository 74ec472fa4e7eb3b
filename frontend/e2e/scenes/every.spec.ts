// Every scene in each theme, and once in each width: axe finds nothing, and
// nothing sticks out of the page.

import { placesOf, press, scenes } from '../../dev/scenes.mjs'
import { views } from '../../dev/browser.mjs'
import { accessible, expect, test } from './play'

const looks = [
  { colorScheme: 'light', viewport: views.wide },
  { colorScheme: 'dark', viewport: views.phone },
] as const

for (const look of looks)
  test.describe(`${look.colorScheme}, ${look.viewport.width} wide`, () => {
    test.use(look)
    for (const scene of Object.keys(scenes))
      test(scene, async ({ stage: { page, open } }) => {
        for (const place of placesOf(scene)) {
          await open(scene, place)
          await press(page, scene)
          if (/stale$/.test(scene))
            await expect(page.getByRole('region', { name: 'Connection' })).toContainText('Pilotlight does not answer.')
          await accessible(page)
          const wide = await page.evaluate(() => document.documentElement.scrollWidth)
          expect(wide, `${place} is no wider than the window`).toBeLessThanOrEqual(look.viewport.width)
        }
      })
  })
