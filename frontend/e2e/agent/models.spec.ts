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
  const dialog = page.getByRole('dialog')
  await dialog
    .getByRole('button', { name: 'Unload', exact: true })
    .click({ timeout: 3000 })
    .catch(() => undefined)
  await page.getByRole('button', { name: 'Unload anyway' }).click()
  await expect(history).toContainText('Unloaded through Pilotlight by hand', { timeout: 20_000 })
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
