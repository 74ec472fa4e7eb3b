import { accessible, expect, test, type Page } from './play'

const field = (page: Page) => page.getByRole('combobox', { name: 'Find a place' })
const palette = (page: Page) => page.getByRole('dialog', { name: 'Find anything' })
const chosen = (page: Page) => palette(page).getByRole('option', { selected: true })

async function find(page: Page, typed: string) {
  // One that still waits for what it did would be closed by the same keys.
  await expect(palette(page)).toBeHidden()
  await page.keyboard.press('Control+k')
  await expect(field(page)).toBeFocused()
  await page.keyboard.type(typed)
}

test('keeps in sight what the keys stand on while more is found', async ({ stage: { page, open } }) => {
  await open('fallbacks-few')
  let answer = () => {}
  const asked = new Promise<void>((done) => (answer = done))
  await page.route(/\/api\/(fallbacks|config)\b/, async (route) => {
    await asked
    await route.fallback()
  })
  await page.keyboard.press('Control+k')
  await expect(field(page)).toBeFocused()
  await page.keyboard.press('End')
  await expect(chosen(page)).toBeInViewport()
  const before = await page.getByRole('option').count()
  answer()
  await expect.poll(() => page.getByRole('option').count()).toBeGreaterThan(before)
  await expect(chosen(page)).toHaveText(/^Dark theme/)
  await expect(chosen(page)).toBeInViewport()
})

test('goes anywhere by the keyboard alone, and gives the focus back', async ({ stage: { page, open } }) => {
  await open('fallbacks-few')
  const pause = page.getByRole('button', { name: 'Pause keeping it loaded' })
  await pause.focus()
  await page.keyboard.press('Control+k')
  await expect(field(page)).toBeFocused()
  await expect(chosen(page)).toHaveText(/^Now/)
  await page.keyboard.press('ArrowDown')
  await expect(chosen(page)).toHaveText(/^Timeline/)
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  await expect(chosen(page)).toHaveText(/theme/i)
  await expect(chosen(page)).toBeInViewport()
  await page.keyboard.press('Home')
  await expect(chosen(page)).toHaveText(/^Now/)
  await page.keyboard.press('End')
  await expect(chosen(page)).toHaveText(/^Dark theme/)
  expect(await field(page).getAttribute('aria-activedescendant')).toBe(await chosen(page).getAttribute('id'))
  await page.keyboard.press('Escape')
  await expect(palette(page)).toBeHidden()
  await expect(pause).toBeFocused()

  await find(page, 'models')
  await page.keyboard.press('Enter')
  await expect(palette(page)).toBeHidden()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Models')
  await expect(page.getByRole('main')).toBeFocused()

  // The same key closes it again.
  await page.keyboard.press('Control+k')
  await expect(field(page)).toBeFocused()
  await page.keyboard.press('Control+k')
  await expect(palette(page)).toBeHidden()
  await expect(page.getByRole('main')).toBeFocused()
})

test('opens the story of a fallback, found by what happened', async ({ stage: { page, open } }) => {
  await open('fallbacks-few')
  await find(page, 'opus')
  await expect(chosen(page)).toContainText('answered instead of')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/fallbacks\/\d+$/)
})

test('keeps, pauses and resumes, and says so to a screen reader', async ({ stage: { page, open } }) => {
  await open('warm')
  const spoken = page.locator('[aria-live=polite]')
  await expect(spoken).toHaveText('')
  await find(page, 'pause hour')
  await page.keyboard.press('Enter')
  await expect(palette(page)).toBeHidden()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Paused until')
  await expect(spoken).toHaveText(/^Paused until .*\.$/)
  await find(page, 'resume')
  await page.keyboard.press('Enter')
  await expect(spoken).toHaveText('MiniMax M2.1 is warm.')
  await find(page, 'keep qwen')
  await page.keyboard.press('Enter')
  await expect(spoken).toHaveText('Qwen3 Coder 30B is warm.')
})

test('goes to a model, and loads one where its progress is shown', async ({ stage: { page, open } }) => {
  await open('warm')
  await find(page, 'go to gemma')
  await page.keyboard.press('Enter')
  const gemma = page.getByRole('listitem').filter({ hasText: 'Gemma 3 1B' }).first()
  await expect(gemma).toBeFocused()
  await expect(gemma).toBeInViewport()
  await find(page, 'load qwen')
  await page.keyboard.press('Enter')
  const qwen = page.getByRole('listitem').filter({ hasText: 'Qwen3 Coder 30B' }).first()
  await expect(qwen).toBeFocused()
  await expect(qwen.getByRole('button', { name: /^Unload/ })).toBeVisible()
})

test('asks before it unloads what is kept, and takes no for an answer', async ({ stage: { page, open } }) => {
  await open('warm', 'timeline')
  await find(page, 'unload mini')
  await page.keyboard.press('Enter')
  const sure = page.getByRole('dialog', { name: 'Unload MiniMax M2.1?' })
  await expect(sure).toContainText('Unloading it by hand pauses the keep')
  await expect(palette(page)).toBeHidden()
  // Nothing else opens over a question.
  await page.keyboard.press('Control+k')
  await expect(palette(page)).toBeHidden()
  await page.keyboard.press('Escape')
  await expect(sure).toBeHidden()
  await find(page, 'unload mini')
  await page.keyboard.press('Enter')
  await sure.getByRole('button', { name: 'Unload', exact: true }).click()
  await page.keyboard.press('Control+k')
  await page.keyboard.type('mini')
  await expect(palette(page).getByRole('option', { name: 'Load MiniMax M2.1 once' })).toBeVisible()
})

test('says why something cannot be done, and why it was refused', async ({ stage: { page, open } }) => {
  await open('server-off')
  await find(page, 'load qwen')
  await expect(chosen(page)).toHaveAttribute('aria-disabled', 'true')
  await expect(palette(page)).toContainText("LM Studio's server is off.")
  await page.keyboard.press('Enter')
  await expect(palette(page).getByRole('alert')).toContainText('lms server start')
  await accessible(page)

  await open('errors')
  await find(page, 'stop keeping')
  await page.keyboard.press('Enter')
  await expect(palette(page).getByRole('alert')).toContainText('the disk is full')
  await accessible(page)
  await page.keyboard.press('Escape')
  await expect(palette(page)).toBeHidden()
})

test('changes the theme, and says what it is', async ({ stage: { page, open } }) => {
  await open('warm')
  await find(page, 'dark')
  await page.keyboard.press('Enter')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await find(page, 'theme')
  await expect(palette(page).getByRole('option', { name: 'Dark theme' })).toContainText('as it is')
})

test('opens a recipe over the config', async ({ stage: { page, open } }) => {
  await open('config')
  await find(page, 'recipe')
  const option = palette(page).locator('[role=option]:not([aria-disabled])').first()
  const title = (await option.textContent())?.trim() ?? ''
  await option.click()
  await expect(page.getByRole('dialog', { name: title })).toBeVisible()
})

test('says that nothing was found, and costs nothing while it is closed', async ({ stage: { page, open } }) => {
  const loaded: string[] = []
  page.on('request', (r) => loaded.push(r.url()))
  await open('warm')
  await expect(page.getByRole('button', { name: 'Find anything' })).toBeVisible()
  expect(loaded.filter((url) => /\/(Palette|Unload)-/.test(url))).toEqual([])
  let come = () => {}
  const coming = new Promise<void>((done) => (come = done))
  await page.route(/\/Palette-/, async (route) => {
    await coming
    await route.continue()
  })
  await page.getByRole('button', { name: 'Find anything' }).click()
  await page.keyboard.type('zzyx') // its code is still to come
  await page.keyboard.press('Backspace')
  come()
  await expect(field(page)).toBeFocused()
  await page.keyboard.type('z')
  await expect(palette(page)).toContainText('Nothing here is called “zzyz”.')
  await expect(palette(page).getByRole('status')).toHaveText('Nothing was found')
  expect(loaded.some((url) => /\/Palette-/.test(url))).toBe(true)
  await accessible(page)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Find anything' })).toBeFocused()
})

for (const look of [
  { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const)
  test.describe(`${look.colorScheme}, ${look.viewport.width} wide`, () => {
    test.use(look)
    test('the palette is accessible, and no wider than the window', async ({ stage: { page, open } }) => {
      await open('fallbacks-few')
      await page.keyboard.press('Control+k')
      await expect(palette(page).getByRole('option').filter({ hasText: 'instead of' }).first()).toBeVisible()
      await accessible(page)
      await page.keyboard.type('mini')
      await accessible(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(look.viewport.width)
    })
  })
