// Every scene, light and wide, then dark and narrow: axe finds nothing, and
// nothing sticks out of the page.

import { placesOf, press, scenes } from '../../dev/scenes.mjs'
import { views } from '../../dev/browser.mjs'
import { accessible, expect, fits, look, test } from './play'

for (const scene of Object.keys(scenes))
  test(scene, async ({ stage: { page, open } }) => {
    for (const place of placesOf(scene)) {
      await look(page, 'light', views.wide)
      await open(scene, place)
      await press(page, scene)
      if (/stale$/.test(scene))
        await expect(page.getByRole('region', { name: 'Connection' })).toContainText('Pilotlight does not answer.')
      for (const [theme, view] of [
        ['light', views.wide],
        ['dark', views.phone],
      ] as const) {
        await look(page, theme, view)
        const which = `${place}, ${theme}, ${view.width} wide`
        await accessible(page, which)
        await fits(page, which)
      }
    }
  })
