import { accessible, expect, fitsAt, test, type Page } from './play'

const title = (page: Page) => page.getByRole('heading', { level: 1 })
const check = (page: Page, id: string) => page.locator(`[data-check="${id}"]`)
const found = (page: Page) => page.getByRole('region', { name: 'What was found' }).locator('[data-check]')
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true })
const dialog = (page: Page) => page.getByRole('dialog')

test('is the sixth place, and says in one sentence that all is well', async ({ stage: { page, open } }) => {
  await open('doctor-well')
  await page.keyboard.press('Control+6')
  await expect(page).toHaveURL(/#\/doctor$/)
  await expect(title(page)).toHaveText('All is well')
  await expect(page).toHaveTitle('Doctor · Pilotlight')
  await expect(page.getByText('24 checks found nothing amiss')).toBeVisible()
  await expect(found(page)).toHaveCount(0)
  await expect(page.getByText(/could not be looked at/)).toBeHidden()
})

test('puts what is to mend first, in words and by a shape', async ({ stage: { page, open } }) => {
  await open('doctor-findings', 'doctor')
  await expect(title(page)).toHaveText('4 to mend, 3 to know')
  const order = await found(page).evaluateAll((all) => all.map((e) => (e as HTMLElement).dataset.verdict))
  expect(order).toEqual(['fail', 'fail', 'fail', 'fail', 'warn', 'warn', 'warn'])
  const first = found(page).first()
  await expect(first).toContainText('to mend')
  await expect(first).toContainText('Set-up')
  await expect(first.locator('svg rect')).toHaveCount(1)
  await expect(check(page, 'vllm_up').locator('svg circle')).toHaveCount(1)
  await expect(check(page, 'vllm_up').getByRole('button')).toHaveCount(0)
  await check(page, 'vllm_up').getByRole('link', { name: 'See the models' }).click()
  await expect(page).toHaveURL(/#\/models$/)
})

test('what could not be looked at is folded, each with its reason', async ({ stage: { page, open } }) => {
  await open('doctor-findings', 'doctor')
  await expect(check(page, 'sleep')).toBeHidden()
  const fold = page.locator('summary', { hasText: '7 could not be looked at' })
  await fold.focus()
  await page.keyboard.press('Enter')
  await expect(check(page, 'sleep')).toContainText('pmset did not answer within 2 s')
  await accessible(page)
})

test('tells how much memory a mend takes, and offers what can be done instead', async ({ stage: { page, open } }) => {
  await open('doctor-findings', 'doctor')
  const row = check(page, 'context_errors')
  await expect(row.getByRole('button')).toHaveText(['Load it with 131k context…', 'Lower contextWindow to 65k…'])
  await expect(row).toContainText(/takes about 162.GB/)
  await expect(row).toContainText(/takes about 146.GB/)
})

test('shows what a mend will write, does it, and says how the check is then', async ({ stage: { page, open } }) => {
  await open('doctor-findings', 'doctor')
  const sent: string[] = []
  page.on('request', (r) => {
    if (r.url().includes('/fix')) sent.push(r.postData() ?? '')
  })
  const mend = button(page, 'Wait 90 s… A cold load is quicker than the time-out')
  await mend.click()
  await expect(dialog(page)).toContainText('Sets timeoutSeconds of the provider lmstudio to 90')
  await expect(dialog(page).getByRole('row', { name: /added: .*timeoutSeconds: 90/ })).toBeVisible()
  await expect(dialog(page)).not.toContainText('__PILOTLIGHT_SECRET_')
  await accessible(page)
  expect(sent.map((s) => JSON.parse(s) as unknown)).toEqual([{ fix: 'timeout', dry_run: true }])
  await button(page, 'Do it').click()
  await expect(dialog(page)).toContainText('It is well now.')
  expect(sent.map((s) => JSON.parse(s) as unknown).slice(1)).toEqual([{ fix: 'timeout' }])
  await accessible(page)
  await button(page, 'Done').click()
  await expect(title(page)).toHaveText('3 to mend, 3 to know')
  await expect(check(page, 'cold')).toHaveAttribute('data-verdict', 'ok')
})

test('the whole way by the keyboard, and the focus comes back', async ({ stage: { page, open } }) => {
  await open('doctor-stays', 'doctor')
  const mend = page.getByRole('button', { name: /^Keep MiniMax M2.1 loaded…/ })
  await mend.focus()
  await page.keyboard.press('Enter')
  await expect(dialog(page)).toContainText('Loads MiniMax M2.1 with 131,072 tokens')
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toBeHidden()
  await expect(mend).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(button(page, 'Do it')).toBeEnabled()
  await button(page, 'Do it').focus()
  await page.keyboard.press('Enter')
  await expect(dialog(page)).toContainText('It is not well yet.')
  await page.keyboard.press('Escape')
  await expect(check(page, 'not_loaded')).toContainText('It is not well yet.')
})

test('says why a mend failed, and tries again', async ({ stage: { page, open } }) => {
  await open('doctor-refused', 'doctor')
  await page.getByRole('button', { name: /^Load it once…/ }).click()
  await button(page, 'Do it').click()
  await expect(dialog(page).getByRole('alert')).toContainText('it wants 162 GB, and 148 GB are free')
  await expect(dialog(page).getByRole('alert')).toContainText('choose a smaller context length')
  await accessible(page)
  const again = page.waitForRequest((r) => r.url().endsWith('/fix'))
  await button(page, 'Try again').click()
  await again
  await expect(dialog(page).getByRole('alert')).toBeVisible()
  await button(page, 'Cancel').click()
  await expect(check(page, 'not_loaded').getByRole('alert')).toContainText('148 GB are free')
  await button(page, 'Dismiss').click()
  await expect(check(page, 'not_loaded').getByRole('alert')).toBeHidden()
})

test('a long mend goes on behind a closed dialog and on other places', async ({ stage: { page, open } }) => {
  await open('doctor-slow', 'doctor')
  await page.getByRole('button', { name: /^Load it once…/ }).click()
  await button(page, 'Do it').click()
  await button(page, 'Close, it goes on').click()
  await expect(check(page, 'not_loaded').getByRole('status')).toContainText(/Load it once\s*Being done/)
  await page.keyboard.press('Control+1')
  await page.keyboard.press('Control+6')
  await expect(check(page, 'not_loaded').getByRole('status')).toContainText(/Load it once\s*Being done/)
})

test('looks again, with the time it takes', async ({ stage: { page, open } }) => {
  await open('doctor-slow', 'doctor')
  await button(page, 'Look again').click()
  await expect(page.getByRole('button', { name: /Looking…/ })).toBeDisabled()
  await expect(page.getByRole('button', { name: /Looking…/ })).toContainText(/[1-9]\d*.s$/)
})

test('copies the report, and shows what was copied', async ({ stage: { page, open }, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await open('doctor-findings', 'doctor')
  await button(page, 'Copy report').click()
  await expect(page.getByRole('status').filter({ hasText: 'everything private removed' })).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('# Pilotlight 0.1.0')
  await button(page, 'Look at it').click()
  await expect(dialog(page)).toContainText('# Pilotlight 0.1.0')
  await accessible(page)
})

test('shows the report where nothing can be copied', async ({ stage: { page, open } }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
  await open('doctor-findings', 'doctor')
  await button(page, 'Copy report').click()
  await expect(dialog(page)).toContainText('mark the text and copy it by hand')
  await expect(dialog(page)).toContainText('# Pilotlight 0.1.0')
})

test('the rail counts what is to mend, and Now leads to it', async ({ stage: { page, open } }) => {
  await open('doctor-findings')
  await expect(page.getByRole('link', { name: /^Doctor.*4 to mend/ })).toBeVisible()
  await page.getByRole('link', { name: '4 things to mend' }).click()
  await expect(title(page)).toHaveText('4 to mend, 3 to know')
})

test('reads again when something happened, once for a burst', async ({ stage: { page, open } }) => {
  await open('doctor-findings', 'doctor')
  await expect(title(page)).toHaveText('4 to mend, 3 to know')
  let asked = 0
  page.on('request', (r) => (asked += /\/api\/doctor$/.test(r.url()) ? 1 : 0))
  for (let i = 0; i < 5; i++) await page.evaluate(() => fetch('/play/fall-back', { method: 'POST' }))
  await expect.poll(() => asked).toBe(1)
})

test('an old page keeps what was found and mends nothing', async ({ stage: { page, open } }) => {
  await open('doctor-stale', 'doctor')
  await expect(page.getByText(/What you see is from/)).toBeVisible()
  await expect(title(page)).toHaveText('4 to mend, 3 to know')
  await expect(button(page, 'Look again')).toBeDisabled()
  await expect(page.getByRole('button', { name: /^Load it once…/ })).toBeDisabled()
  await accessible(page)
})

test('says why nothing could be read, and tries again', async ({ stage: { page, open } }) => {
  await open('doctor-error', 'doctor')
  await expect(page.getByRole('alert')).toContainText('Something went wrong inside Pilotlight')
  const again = page.waitForRequest(/\/api\/doctor\?fresh=true$/)
  await button(page, 'Try again').click()
  await again
})

test('takes what others wrote for text, and nothing else', async ({ stage: { page, open } }) => {
  await open('doctor-hostile', 'doctor')
  await expect(title(page)).toHaveText('1 thing to mend')
  await page.locator('summary').click()
  const sent = page.waitForRequest((r) => r.method() === 'POST')
  await found(page).getByRole('button').click()
  expect(new URL((await sent).url()).pathname).toBe('/api/doctor/a%2Fb%22c%3Cd%3E/fix')
  await expect(dialog(page)).toContainText('<img src=x')
  await expect(page.locator('main img, dialog img, main script')).toHaveCount(0)
  await expect(page).toHaveTitle('Doctor · Pilotlight')
  await accessible(page)
})

test('fits every width, with long texts too', async ({ stage: { page, open } }) => {
  for (const scene of ['doctor-findings', 'doctor-long']) {
    await open(scene, 'doctor')
    await fitsAt(page, scene, [320, 390, 900, 1280, 2560])
  }
})

test('says which Pilotlight it is, and looks for a newer one only when told to', async ({ stage: { page, open } }) => {
  await open('doctor-well', 'doctor')
  const about = page.getByRole('region', { name: 'This Pilotlight' })
  await expect(about).toContainText('Version 0.1.0')
  await expect(about).toContainText('Not checked for a newer version yet')
  await expect(about).toContainText('A check asks example.org')
  const daily = about.getByRole('switch', { name: 'Check once a day' })
  await expect(daily).not.toBeChecked()
  await about.getByRole('button', { name: 'Check now' }).click()
  await expect(about.getByRole('status')).toContainText('v0.2.0 is published')
  await expect(about.getByRole('link')).toHaveAttribute('rel', 'noreferrer')
  const saved = page.waitForRequest((r) => r.method() === 'PUT' && r.url().endsWith('/api/settings'))
  await daily.click()
  expect((await saved).postDataJSON()).toMatchObject({ updates: true, notify: { fallbacks: true } })
  await expect(daily).toBeChecked()
  await accessible(page)
})

test('a look for a newer version that failed leaves what was known', async ({ stage: { page, open } }) => {
  await open('doctor-update', 'doctor')
  const about = page.getByRole('region', { name: 'This Pilotlight' })
  await expect(about.getByRole('status')).toContainText([
    'v0.2.0 is published',
    'The page of releases at example.org could not be reached',
  ])
  await accessible(page)
})

test('a build that knows no page of releases offers no look', async ({ stage: { page, open } }) => {
  await open('doctor-know', 'doctor')
  const about = page.getByRole('region', { name: 'This Pilotlight' })
  await expect(about).toContainText('does not know where newer versions are published')
  await expect(about.getByRole('button')).toHaveCount(0)
  await expect(about.getByRole('switch')).toHaveCount(0)
})
