import { expect, test } from './stage'

test('loads and unloads a model once, and tells the history', async ({ stage }) => {
  const { page } = stage
  await stage.signIn()
  await page.goto(`${stage.url}/#/models`)
  const row = page.getByRole('listitem').filter({ hasText: stage.name }).first()
  await row.getByRole('button', { name: /^Load/ }).click()
  await page.getByRole('dialog').getByRole('spinbutton').fill('4096')
  await page.getByRole('dialog').getByRole('button', { name: /^Load/ }).click()
  const history = page.getByRole('region', { name: 'Loads and unloads' })
  await expect(history).toContainText('Loaded through Pilotlight by hand', { timeout: 20_000 })

  await stage.happens('set_busy', { id: stage.model, busy: true })
  await row.getByRole('button', { name: /^Unload/ }).click()
  // Whether the page asks first depends on whether it has heard yet that the
  // model is answering; if it has not, the agent refuses.
  const asks = page.getByRole('dialog').getByRole('button', { name: 'Unload', exact: true })
  const refused = page.getByRole('button', { name: 'Unload anyway' })
  await expect(async () => {
    for (const button of [asks, refused]) if (await button.isVisible()) await button.click({ timeout: 1000 })
    await expect(history).toContainText('Unloaded through Pilotlight by hand', { timeout: 1000 })
  }).toPass({ timeout: 30_000 })
  expect(await stage.instances()).toHaveLength(0)
})

test('says why a load failed', async ({ stage }) => {
  const { page } = stage
  await stage.happens('fail_loads', { message: 'Error: Engine process exited with SIGABRT' })
  await stage.signIn()
  await page.goto(`${stage.url}/#/models`)
  const row = page.getByRole('listitem').filter({ hasText: stage.name }).first()
  await row.getByRole('button', { name: /^Load/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: /^Load/ }).click()
  await expect(page.getByRole('alert').first()).toBeVisible({ timeout: 20_000 })
})
