// Forced colours take every ground away that is not given back: what is told
// by a filled shape must still be told.

import { expect, test, type Page } from './play'

/** The grounds of elements, as they are drawn. */
async function grounds(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).evaluateAll((all) => all.map((e) => getComputedStyle(e).backgroundColor))
}

test.beforeEach(async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active' })
})

test.afterEach(async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'none' })
})

test('what is switched on, chosen and in memory is told in forced colours', async ({ stage: { page, open } }) => {
  await open('warm')
  const [bare] = await grounds(page, 'body')
  const [track] = await grounds(page, '[role=switch] > span')
  const [knob] = await grounds(page, '[role=switch] > span > span')
  expect(track, 'a switch that is on').not.toBe(bare)
  expect(knob, 'its knob').not.toBe(track)
  const places = await grounds(page, 'header nav a')
  expect(places[0], 'the place that is open').not.toBe(places[1])
  const bar = await grounds(page, '[role=img] > div > div')
  expect(new Set(bar).size, 'the parts of the memory').toBe(bar.length)
  expect(bar.length).toBeGreaterThan(2)
  expect(bar, 'no part is bare').not.toContain(bare)
})

test('the days of the heat map differ in forced colours', async ({ stage: { page, open } }) => {
  await open('fallbacks-many', 'fallbacks')
  await expect(page.getByRole('grid')).toBeVisible()
  expect(new Set(await grounds(page, '[data-day]')).size).toBeGreaterThan(2)
})
