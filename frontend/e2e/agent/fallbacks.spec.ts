import { readFile } from 'node:fs/promises'
import { expect, test } from './stage'

test.use({ openclaw: true })

test('tells a fallback as it happens, why it did, and what came of the button', async ({ stage }) => {
  const { page } = stage
  await stage.signIn()
  await expect(page.getByRole('region', { name: 'Who answers' })).toContainText('Opus')
  await page.getByRole('link', { name: /^Fallbacks/ }).click()
  await stage.says('No fallback')
  stage.fellBack(
    'one',
    "404 No models loaded. Please load a model in the developer page or use the 'lms load' command.",
    'model_not_found',
    404,
  )
  await stage.says('Your agent used Opus')
  await page
    .getByRole('link', { name: /Opus answered instead of/ })
    .first()
    .click()
  await stage.says(`Opus answered instead of ${stage.name}`)
  await expect(page.getByText('certain', { exact: true }).first()).toBeVisible()
  await expect(page.getByRole('region', { name: 'What happened' })).toContainText('Opus')
  await expect(page.getByRole('region', { name: 'Evidence' })).toContainText('No models loaded')
  await page.getByRole('button', { name: `Keep ${stage.name} loaded` }).click()
  await expect.poll(async () => (await stage.instances()).length, { timeout: 20_000 }).toBe(1)
})

test('explains by what was seen of the server, filters and exports', async ({ stage }) => {
  const { page } = stage
  await stage.signIn()
  await stage.happens('stop_server')
  await expect(page.getByText('No server answers yet')).toBeVisible({ timeout: 20_000 })
  stage.fellBack('two', 'Connection error.')
  await page.goto(`${stage.url}/#/fallbacks`)
  await stage.says('Your agent used Opus')
  stage.fellBack(
    'three',
    '400 Failed to load model. Error: Model loading was stopped due to insufficient system resources.',
    'format',
    400,
  )
  const rows = page.getByRole('link', { name: /Opus answered instead of/ })
  await expect(rows).toHaveCount(2)
  await page.getByLabel('Cause', { exact: true }).selectOption('out_of_memory')
  await expect(rows).toHaveCount(1)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export as CSV' }).click(),
  ])
  const text = await readFile(await download.path(), 'utf8')
  expect(text.split('\n').filter((l) => l.includes('out_of_memory'))).toHaveLength(1)
  expect(text).not.toContain('app_off')
})
