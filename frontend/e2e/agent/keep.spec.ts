import { expect, test } from './stage'

test('keeps a model with one click, and shows the load', async ({ stage }) => {
  await stage.signIn()
  await stage.says('Nothing is kept loaded')
  await stage.keep()
  await stage.says(`${stage.name} is loading…`)
  await stage.says(`${stage.name} is warm`)
  await expect(stage.page.getByRole('region', { name: 'Lately' })).toContainText('Loaded by Pilotlight to keep it warm')
  expect(await stage.instances()).toHaveLength(1)
})

test('sees a model unloaded by its TTL, and sees it return', async ({ stage }) => {
  await stage.signIn()
  await stage.happens('jit', { key: stage.model, ttl_seconds: 3 })
  await expect(stage.page.getByRole('region', { name: 'In memory' })).toContainText(stage.name)
  await stage.keep()
  await stage.says(`${stage.name} is warm`)
  const lately = stage.page.getByRole('region', { name: 'Lately' })
  await expect(lately).toContainText('Unloaded: idle too long (TTL)', { timeout: 20_000 })
  await expect(lately).toContainText('Loaded by Pilotlight to keep it warm', { timeout: 20_000 })
  await stage.says(`${stage.name} is warm`)
})

test('pauses, leaves an eject alone, and resumes', async ({ stage }) => {
  const { page } = stage
  await stage.signIn()
  await stage.keep()
  await stage.says(`${stage.name} is warm`)
  await page.getByRole('button', { name: 'Pause keeping it loaded' }).click()
  await page.getByRole('menuitem', { name: 'Until I resume' }).click()
  await stage.says('Paused until you resume')
  await stage.happens('eject', { id: stage.model })
  await expect(page.getByRole('region', { name: 'Lately' })).toContainText('Somebody unloaded it outside Pilotlight', {
    timeout: 20_000,
  })
  expect(await stage.instances()).toHaveLength(0)
  await page.getByRole('button', { name: 'Resume now' }).click()
  await stage.says(`${stage.name} is warm`)
})

test('respects an eject, until it is told otherwise', async ({ stage }) => {
  await stage.signIn()
  await stage.keep()
  await stage.says(`${stage.name} is warm`)
  await stage.happens('eject', { id: stage.model })
  await stage.says('Paused until')
  await stage.page.getByRole('button', { name: 'Keep it loaded again' }).click()
  await stage.says(`${stage.name} is warm`)
})

test('says that a token is needed, and goes on when it is not', async ({ stage }) => {
  await stage.signIn()
  await stage.keep()
  await stage.says(`${stage.name} is warm`)
  await stage.happens('set_token', { token: 'sk-lm-abcdefgh:01234567890123456789' })
  await stage.says('LM Studio wants an API token')
  await expect(stage.page.getByRole('paragraph').filter({ hasText: 'What to do' })).toContainText('LM_API_TOKEN')
  await stage.happens('set_token', { token: '' })
  await stage.says(`${stage.name} is warm`)
})

test('says that the server is off, and that it is back', async ({ stage }) => {
  await stage.signIn()
  await stage.keep()
  await stage.says(`${stage.name} is warm`)
  await stage.happens('quit_app')
  await stage.says(/LM Studio is not (running|open)/)
  await stage.happens('start_app')
  // It is given 20 s to settle before the model is loaded again.
  await expect(stage.page.getByRole('heading', { level: 1 })).toContainText(`${stage.name} is warm`, {
    timeout: 60_000,
  })
  await expect(stage.page.getByRole('region', { name: 'Lately' })).toContainText('Gone when the server stopped')
})

test('offers to replace an instance that is too small', async ({ stage }) => {
  const { page } = stage
  await stage.happens('load_explicit', { key: stage.model, context: 2048 })
  await stage.happens('set_busy', { id: stage.model, busy: true })
  await stage.signIn()
  await page.getByRole('button', { name: `Options for keeping ${stage.name}` }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('spinbutton').fill('8192')
  await dialog.getByRole('button', { name: /^Keep/ }).click()
  await stage.says(`Waiting to load ${stage.name}`)
  await expect(page.getByText(/2.?048/).first()).toBeVisible()
  await stage.happens('set_busy', { id: stage.model, busy: false })
  await page.getByRole('button', { name: 'Replace it now' }).click()
  await stage.says(`${stage.name} is warm`)
  expect(await stage.instances()).toHaveLength(1)
})
