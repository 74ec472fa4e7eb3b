// A window of 1280 by 800 at 200 %: what a dialog asks for is longer than the
// window, and its buttons stay in sight.

import type { Locator } from '@playwright/test'
import { expect, test } from './play'

/** How far above the lower edge of its dialog a button's bar ends, in pixels. */
function below(dialog: Locator): Promise<number> {
  return dialog.evaluate((e) => {
    const bar = [...e.querySelectorAll('button')].at(-1)?.parentElement
    return e.getBoundingClientRect().bottom - (bar?.getBoundingClientRect().bottom ?? 0)
  })
}

test.beforeEach(async ({ page }) => page.setViewportSize({ width: 640, height: 400 }))

test("the buttons of a model's dialog are in sight in a low window", async ({ stage: { page, open } }) => {
  await open('warm', 'models')
  await page.getByRole('button', { name: 'Keep Qwen3 Coder 30B loaded' }).click()
  const dialog = page.getByRole('dialog')
  for (const name of ['Cancel', 'Keep loaded'])
    await expect(dialog.getByRole('button', { name, exact: true })).toBeInViewport({ ratio: 1 })
  expect(await dialog.evaluate((e) => e.scrollHeight > e.clientHeight), 'there is more than fits').toBe(true)
  expect(await below(dialog), 'nothing shows below them').toBeLessThan(3)
})

test('the buttons of what will be written are in sight in a low window', async ({ stage: { page, open } }) => {
  await open('config', 'config')
  const alias = page.getByLabel(/^Other name of/).first()
  await alias.fill('big')
  await alias.press('Tab')
  await page.getByRole('button', { name: 'Review and save' }).click()
  const dialog = page.getByRole('dialog', { name: 'What will be written' })
  await expect(dialog.getByLabel(/A note/)).toBeAttached()
  for (const name of ['Go on editing', 'Save'])
    await expect(dialog.getByRole('button', { name, exact: true })).toBeInViewport({ ratio: 1 })
  expect(await dialog.evaluate((e) => e.scrollHeight > e.clientHeight), 'there is more than fits').toBe(true)
  expect(await below(dialog), 'nothing shows below them').toBeLessThan(3)
})

test('what stays at the edges of a low window leaves room for the page', async ({ stage: { page, open } }) => {
  await open('config', 'config')
  const taken = () =>
    page.evaluate(() => {
      const bars = [...document.querySelectorAll('nav, [role=group]')].filter(
        (e) => getComputedStyle(e).position === 'fixed' && e.checkVisibility(),
      )
      return bars.reduce((sum, e) => sum + e.getBoundingClientRect().height, 0) / innerHeight
    })
  expect(await taken(), 'while nothing is changed').toBeLessThan(0.12)
  await page.getByLabel('The model that is asked first').selectOption('anthropic/claude-opus-4-6')
  for (const name of ['Undo', 'Discard', 'Review and save'])
    await expect(page.getByRole('button', { name, exact: true })).toBeInViewport({ ratio: 1 })
  expect(await taken(), 'while a change waits').toBeLessThan(0.21)
})

test('a list of actions is seen whole in a low window, above its button where it must', async ({
  stage: { page, open },
}) => {
  await open('two-machines')
  const button = page.getByRole('button', { name: /^Actions for/ })
  await button.evaluate((e) => e.scrollIntoView({ block: 'end' }))
  await button.click()
  const list = await page.getByRole('menu').boundingBox()
  const tabs = await page.getByRole('navigation', { name: 'Places' }).boundingBox()
  if (!list || !tabs) throw new Error('there is no list')
  expect(list.y).toBeGreaterThanOrEqual(0)
  expect(list.y + list.height).toBeLessThanOrEqual(tabs.y)
})
