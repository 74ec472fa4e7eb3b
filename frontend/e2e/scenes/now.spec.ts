import { accessible, expect, test } from './play'

test('says the one sentence of each state, with its flame', async ({ stage: { page, open } }) => {
  const sentences: [string, string, string][] = [
    ['warm', 'MiniMax M2.1 is warm', 'lit'],
    ['loading', 'MiniMax M2.1 is loading…', 'half'],
    ['waiting', 'Waiting to load MiniMax M2.1', 'half'],
    ['server-off', "LM Studio's server is off", 'mark'],
    ['needs-token', 'LM Studio wants an API token', 'mark'],
    ['blocked-memory', 'Blocked: not enough memory', 'mark'],
    ['paused', 'Paused until', 'outline'],
    ['first-run', 'Nothing is kept loaded', 'outline'],
    ['gone', 'Pilotlight does not answer', 'mark'],
    ['signed-out', 'You are signed out', 'outline'],
  ]
  for (const [scene, sentence, flame] of sentences) {
    await open(scene)
    await expect(page.getByRole('heading', { level: 1 })).toContainText(sentence)
    await expect(page.locator('main [data-flame]').first()).toHaveAttribute('data-flame', flame)
  }
})

test('the switch lets go at once, and one click takes the keep up again', async ({ stage: { page, open } }) => {
  await open('warm')
  const keep = page.getByRole('switch', { name: 'Keep loaded' })
  await expect(keep).toBeChecked()
  await keep.click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nothing is kept loaded')
  await page.getByRole('button', { name: 'Keep MiniMax M2.1 again' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText('is loading…')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('MiniMax M2.1 is warm')
})

test('the switch turns back when the agent says no, and says why', async ({ stage: { page, open } }) => {
  await open('errors')
  await page.getByRole('switch', { name: 'Keep loaded' }).click()
  const alert = page.getByRole('alert').filter({ hasText: 'the disk is full' })
  await expect(alert).toContainText('Free some space')
  await expect(page.getByRole('switch', { name: 'Keep loaded' })).toBeChecked()
  await accessible(page)
  await alert.getByRole('button', { name: 'Dismiss' }).click()
  await expect(alert).toBeHidden()
})

test('pauses by the keyboard alone, and resumes', async ({ stage: { page, open } }) => {
  await open('warm')
  const button = page.getByRole('button', { name: 'Pause keeping it loaded' })
  await button.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: 'For 1 hour' })).toBeFocused()
  await accessible(page)
  await page.keyboard.press('Escape')
  await expect(button).toBeFocused()
  await page.keyboard.press('ArrowUp')
  await expect(page.getByRole('menuitem', { name: 'Until I resume' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Paused until you resume')
  await page.getByRole('button', { name: 'Resume now' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('MiniMax M2.1 is warm')
})

test('a first run keeps a model with one click, the one in memory first', async ({ stage: { page, open } }) => {
  await open('first-run')
  const first = page.getByRole('region', { name: 'Choose a model' }).getByRole('listitem').first()
  await expect(first).toContainText('Qwen3 Coder 30B')
  await expect(first).toContainText('in memory')
  await expect(page.getByRole('button', { name: 'Keep MiniMax M2.1 loaded' })).toBeHidden()
  await page.getByRole('button', { name: '7 more' }).click()
  await page.getByRole('button', { name: 'Keep MiniMax M2.1 loaded' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('MiniMax M2.1 is warm')
})

test('points at a copy, and unloads it after asking twice: unknown use, then busy', async ({
  stage: { page, open },
}) => {
  await open('duplicate')
  await expect(page.getByText('MiniMax M2.1 is loaded twice.')).toBeVisible()
  await page.getByRole('button', { name: /Unload the copy/ }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('does not tell whether it is answering')
  await accessible(page)
  await dialog.getByRole('button', { name: 'Unload', exact: true }).click()
  await page.getByRole('button', { name: 'Unload anyway' }).click()
  await expect(page.getByText('MiniMax M2.1 is loaded twice.')).toBeHidden()
  await expect(page.getByRole('region', { name: 'Lately' })).toContainText('Unloaded through Pilotlight by hand')
})

test('counts a load and the next try by the second', async ({ stage: { page, open } }) => {
  await open('loading')
  const elapsed = () => page.getByRole('heading', { level: 1 }).innerText()
  const first = await elapsed()
  await expect.poll(elapsed).not.toBe(first)
  await expect(page.getByRole('progressbar')).toHaveAttribute('aria-valuetext', /of about/)
})

test('an old page says how old, keeps what it knew and offers no actions', async ({ stage: { page, open } }) => {
  await open('stale')
  await expect(page.getByText(/What you see is from/)).toBeVisible()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('MiniMax M2.1 is warm')
  await expect(page.getByRole('switch')).toBeDisabled()
})

test('marks the demo on every place', async ({ stage: { page, open } }) => {
  for (const place of ['now', 'fallbacks', 'fallbacks/3', 'models']) {
    await open('demo', place)
    await expect(page.getByText('DEMO: nothing here is real')).toBeVisible()
    await expect(page).toHaveTitle(/^DEMO/)
  }
})

test('on a phone what is to know comes before what has been', async ({ stage: { page, open } }) => {
  await open('history-damaged')
  const below = async () => {
    const [know, been] = await Promise.all(
      ['To know', 'In memory'].map((name) => page.getByRole('region', { name, exact: true }).boundingBox()),
    )
    return (know?.y ?? NaN) < (been?.y ?? NaN)
  }
  for (const width of [390, 800, 1020]) {
    await page.setViewportSize({ width, height: 844 })
    await expect.poll(below, `at ${width}`).toBe(true)
  }
})
