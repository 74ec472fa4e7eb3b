import { accessible, expect, test, type Page } from './play'

const panel = (page: Page) => page.getByRole('region', { name: 'Welcome.' })

test('leads from the first click to a warm model, and is put away for good', async ({ stage: { page, open } }) => {
  await open('welcome')
  await expect(panel(page)).toContainText('at 127.0.0.1:1234')
  await expect(panel(page)).toContainText('OpenClaw 2026.9.6')
  await expect(panel(page)).toContainText('Asks MiniMax M2.1 first, then Opus and Claude Sonnet 4.5')
  await expect(panel(page)).toContainText('with 131k context as its config counts on.')
  const sent = page.waitForRequest((r) => r.url().endsWith('/api/keep') && r.method() === 'PUT')
  const keep = panel(page).getByRole('switch', { name: 'Keep MiniMax M2.1 loaded' })
  await keep.click()
  expect((await sent).postDataJSON()).toMatchObject({ context_length: 131072 })
  await expect(keep).toBeChecked()
  await expect(panel(page)).toContainText('It is warm.')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('MiniMax M2.1 is warm')

  const login = panel(page).getByRole('switch', { name: 'Start at login' })
  await expect(login).not.toBeChecked()
  await login.click()
  await expect(login).toBeChecked()
  const notify = panel(page).getByRole('switch', { name: 'Tell me of a fallback' })
  await expect(notify).toBeChecked()
  await notify.click()
  await expect(notify).not.toBeChecked()
  await accessible(page)
  await panel(page).getByRole('button', { name: 'Done' }).click()
  await expect(panel(page)).toBeHidden()
  await page.reload()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('MiniMax M2.1 is warm')
  await expect(panel(page)).toBeHidden()
  const settings = await page.evaluate(() => fetch('/api/settings').then((r) => r.json()))
  expect(settings).toMatchObject({ welcomed: true, notify: { fallbacks: false } })
})

test('stays away once it was put away, though nothing is kept', async ({ stage: { page, open } }) => {
  await open('welcome')
  await panel(page).getByRole('button', { name: 'Not now' }).click()
  await expect(panel(page)).toBeHidden()
  await page.reload()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nothing is kept loaded')
  await expect(panel(page)).toBeHidden()
})

test('is worked by the keyboard alone', async ({ stage: { page, open } }) => {
  await open('welcome')
  await page.getByRole('main').focus()
  await page.keyboard.press('Tab')
  const keep = panel(page).getByRole('switch', { name: 'Keep MiniMax M2.1 loaded' })
  await expect(keep).toBeFocused()
  await page.keyboard.press('Space')
  await expect(keep).toBeChecked()
  await page.keyboard.press('Tab')
  await expect(panel(page).getByRole('switch', { name: 'Start at login' })).toBeFocused()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await expect(panel(page).getByRole('button', { name: 'Done' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(panel(page)).toBeHidden()
  await expect(page.getByRole('main')).toBeFocused()
})

test('says in words what is missing and what to do', async ({ stage: { page, open } }) => {
  await open('welcome-nothing')
  await expect(panel(page)).toContainText('LM Studio is not running.')
  await expect(panel(page)).toContainText('lms server start')
  await expect(panel(page)).toContainText('It was not found on this machine.')
  await expect(panel(page).getByRole('switch', { name: 'Start at login' })).toBeDisabled()
  await expect(panel(page)).toContainText('was not made by Pilotlight')
})

test('says that the model does not fit, and that nobody asks it', async ({
  stage: { page, open },
}) => {
  await open('welcome-too-big')
  await expect(panel(page)).toContainText('Too big. It goes')
  await expect(panel(page)).toContainText('Nobody asks its models until it does.')
})

test('turns a switch back when it was refused, and says why', async ({ stage: { page, open } }) => {
  await open('welcome-errors')
  const login = panel(page).getByRole('switch', { name: 'Start at login' })
  await login.click()
  await expect(panel(page).getByRole('alert')).toContainText('permission denied')
  await expect(login).not.toBeChecked()
  await panel(page).getByRole('button', { name: 'Not now' }).click()
  await expect(panel(page).getByRole('alert').filter({ hasText: 'the disk is full' })).toBeVisible()
  await accessible(page)
})

test('is not in the way of who kept something before', async ({ stage: { page, open } }) => {
  await open('warm')
  await page.getByRole('switch', { name: 'Keep loaded' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nothing is kept loaded')
  await page.reload()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nothing is kept loaded')
  await expect(panel(page)).toBeHidden()
})
