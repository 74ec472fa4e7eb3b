import { accessible, expect, test } from './play'

test('loads a model with a context length, and tells how long it takes', async ({ stage: { page, open } }) => {
  await open('warm', 'models')
  await page.getByRole('button', { name: 'Load Qwen3 Coder 30B' }).click()
  const dialog = page.getByRole('dialog', { name: 'Load Qwen3 Coder 30B' })
  const field = dialog.getByLabel('Context length')
  await field.fill('300000')
  await expect(dialog).toContainText('at most 262,144 tokens')
  await expect(dialog.getByRole('button', { name: 'Load', exact: true })).toBeDisabled()
  await accessible(page)
  await dialog.getByRole('button', { name: '32k' }).click()
  await expect(field).toHaveValue('32768')
  await field.press('Enter')
  await expect(page.getByText(/Loading… \d/)).toBeVisible()
  await expect(page.getByRole('button', { name: 'Unload qwen/qwen3-coder-30b' })).toBeVisible()
})

test('a model that was loaded stays where it stands', async ({ stage: { page, open } }) => {
  await open('warm', 'models')
  const names = () =>
    page
      .getByRole('main')
      .getByRole('button', { name: /^Load / })
      .evaluateAll((all) => all.map((b) => b.ariaLabel))
  const before = await names()
  await page.getByRole('button', { name: 'Load Qwen3 Coder 30B' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Load', exact: true }).click()
  await expect(page.getByRole('button', { name: /^Unload qwen/ })).toBeVisible()
  expect(await names()).toEqual(before)
})

test('tells why a load failed, beside the model', async ({ stage: { page, open } }) => {
  await open('errors', 'models')
  await page.getByRole('button', { name: 'Load Gemma 3 1B' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Load', exact: true }).click()
  await expect(page.getByRole('listitem').filter({ hasText: 'Gemma 3 1B' }).getByRole('alert')).toContainText(
    'not enough memory',
  )
})

test('keeps a model with a policy', async ({ stage: { page, open } }) => {
  await open('warm', 'models')
  await page.getByRole('button', { name: 'Keep GLM 4.6 loaded' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Load it again at once').check()
  const sent = page.waitForRequest((r) => r.method() === 'PUT')
  await dialog.getByRole('button', { name: 'Keep loaded' }).click()
  expect((await sent).postDataJSON()).toEqual({ server: 'lmstudio', model: 'glm-4.6-q3', policy: 'always' })
  await expect(
    page.getByRole('listitem').filter({ hasText: 'GLM 4.6' }).getByText('kept', { exact: true }),
  ).toBeVisible()
})

test('asks before it unloads what is kept, and leaves it when told so', async ({ stage: { page, open } }) => {
  await open('warm', 'models')
  await page.getByRole('button', { name: /^Unload lmstudio-community/ }).click()
  await expect(page.getByRole('dialog')).toContainText('Unloading it by hand pauses the keep')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(page.getByRole('button', { name: /^Unload lmstudio-community/ })).toBeFocused()
})

test('checks that an instance answers', async ({ stage: { page, open } }) => {
  await open('warm', 'models')
  await page.getByRole('button', { name: /^Check that/ }).click()
  await expect(page.getByRole('status')).toHaveText(/It answered after/)
})

test('finds a model when there are many, and says when there is none', async ({ stage: { page, open } }) => {
  await open('warm', 'models')
  await expect(page.getByRole('searchbox')).toBeHidden()
  await open('first-run', 'models')
  const search = page.getByRole('searchbox', { name: 'Find a model' })
  await search.fill('glm q3')
  await expect(page.getByRole('button', { name: 'Keep GLM 4.6 loaded' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Keep Gemma 3 1B loaded' })).toBeHidden()
  await search.fill('nothing like it')
  await expect(page.getByText('No model has “nothing like it” in its name.')).toBeVisible()
})

test('leads from Now to the whole history', async ({ stage: { page, open } }) => {
  await open('warm')
  await page.getByRole('link', { name: 'Whole history' }).click()
  await expect(page.getByRole('heading', { name: 'Loads and unloads' })).toBeInViewport()
})

test('reads the history on, filters it and opens a row', async ({ stage: { page, open } }) => {
  await open('long-history', 'models')
  const rows = page.getByRole('region', { name: 'Loads and unloads' }).locator('tbody tr')
  await expect(rows).toHaveCount(25)
  await page.getByRole('button', { name: 'Show older' }).focus()
  await page.keyboard.press('Enter')
  await expect(rows).toHaveCount(50)
  await expect(rows.nth(25).getByRole('button')).toBeFocused()
  await page.getByRole('button', { name: 'Show older' }).click()
  await expect(rows).toHaveCount(60)
  await expect(page.getByRole('button', { name: 'Show older' })).toBeHidden()
  await page.getByRole('combobox', { name: 'Show' }).selectOption({ label: 'Gemma 3 1B' })
  await expect(rows).toHaveCount(20)
  await rows.first().getByRole('button').click()
  await expect(page.getByRole('definition').filter({ hasText: 'google/gemma-3-1b' }).first()).toBeVisible()
  await accessible(page)
})
