import { accessible, expect, test, type Page } from './play'

const region = (page: Page, name: string | RegExp) => page.getByRole('region', { name })
const rows = (page: Page) => page.locator('tbody tr[data-fallback]')
const title = (page: Page) => page.getByRole('heading', { level: 1 })

/** Makes the stand-in agent's OpenClaw fall back now. */
async function fallBack(page: Page, what = 'fall-back'): Promise<void> {
  await page.evaluate((path) => fetch(path, { method: 'POST' }).then((r) => r.json()), `/play/${what}`)
}

test('says on top what today cost, and what lies behind it', async ({ stage: { page, open } }) => {
  await open('fallbacks-few', 'fallbacks')
  // What is seen at midnight's edge may be of yesterday, so the number is the stand-in's.
  await expect(title(page)).toContainText(/^(Your agent used Opus|No fallback today)/)
  await expect(rows(page)).toHaveCount(6)
  const first = rows(page).first()
  await expect(first).toContainText('Opus answered instead of MiniMax M2.1')
  await expect(first).toContainText("LM Studio's server was off from 10:31 to 10:44")
  await expect(first).toContainText('certain')
  await expect(first.getByTitle('lmstudio/minimax-m2.1')).toBeVisible()
  for (const words of ['Nobody answered', 'The run was cut off', 'The error was sent as the answer'])
    await expect(rows(page).getByRole('link', { name: words })).toBeVisible()
  await expect(page).toHaveTitle('Fallbacks · Pilotlight')
})

test('is content when there was none', async ({ stage: { page, open } }) => {
  await open('fallbacks-none', 'fallbacks')
  await expect(title(page)).toHaveText('No fallback in the last 26 weeks')
  await expect(page.getByText('No fallback was seen.')).toBeVisible()
  await expect(page.getByRole('link', { name: /Export/ })).toBeHidden()
  await expect(page.getByRole('group', { name: 'Filter' })).toBeHidden()
})

test('filters, keeps the filter in the address and in the exports, and clears it', async ({
  stage: { page, open },
}) => {
  await open('fallbacks-many', 'fallbacks')
  await page.getByLabel('Cause', { exact: true }).selectOption({ label: 'The key was refused' })
  await expect(page).toHaveURL(/#\/fallbacks\?cause=auth$/)
  await expect(rows(page).first()).toContainText('Anthropic refused the key')
  await expect(rows(page)).toHaveCount(30)
  await page.getByLabel('Model', { exact: true }).selectOption({ label: 'Claude Sonnet 4.5' })
  await expect(rows(page)).not.toHaveCount(30)
  await page.getByLabel('Outcome').selectOption({ label: 'Another model answered' })
  await page.getByLabel('When').selectOption({ label: 'The last 26 weeks' })
  const csv = page.getByRole('link', { name: 'Export as CSV' })
  await expect(csv).toHaveAttribute('href', /since=20[^&]*Z/)
  const url = new URL((await csv.getAttribute('href')) ?? '', 'http://x')
  expect(Object.fromEntries(url.searchParams)).toEqual({
    format: 'csv',
    cause: 'auth',
    model: 'anthropic/claude-sonnet-4-5-20250929',
    outcome: 'fell_back',
    since: url.searchParams.get('since'),
  })
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export as JSONL' }).click()
  expect((await download).suggestedFilename()).toBe('pilotlight-fallbacks.jsonl')

  const before = await rows(page).allInnerTexts()
  await page.reload()
  await expect(page.getByLabel('Cause', { exact: true })).toHaveValue('auth')
  await expect.poll(() => rows(page).allInnerTexts()).toEqual(before)
  await page.getByRole('link', { name: 'Clear' }).click()
  await expect(page).toHaveURL(/#\/fallbacks$/)
  await expect(rows(page)).toHaveCount(50)
})

test('filters by a cause and by a model of the counts, and lets go of them', async ({ stage: { page, open } }) => {
  await open('fallbacks-many', 'fallbacks')
  const why = region(page, 'Why').getByRole('button').first()
  await why.click()
  await expect(why).toHaveAttribute('aria-pressed', 'true')
  await expect(page).toHaveURL(/cause=/)
  await expect(rows(page)).toHaveCount(30)
  const sonnet = region(page, 'Answered instead').getByRole('button', { name: /Claude Sonnet/ })
  await sonnet.click()
  await expect(page).toHaveURL(/cause=.*model=anthropic/)
  await expect(page.getByLabel('Model', { exact: true })).toHaveValue(/sonnet/)
  await sonnet.click()
  await why.click()
  await expect(page).toHaveURL(/#\/fallbacks$/)
})

test('filters by a session, and says when nothing fits', async ({ stage: { page, open } }) => {
  await open('fallbacks-few', 'fallbacks')
  await rows(page).getByRole('link', { name: 'whatsapp group family' }).click()
  await expect(rows(page)).toHaveCount(1)
  await page.getByLabel('Cause', { exact: true }).selectOption({ label: 'The key was refused' })
  await expect(page.getByText('No fallback fits.')).toBeVisible()
  await accessible(page)
  await page.getByRole('button', { name: 'Any session' }).click()
  await expect(page).toHaveURL(/#\/fallbacks\?cause=auth$/)
  await page.getByRole('link', { name: 'Show all' }).click()
  await expect(rows(page)).toHaveCount(6)
})

test('reads ten thousand on, page by page, and draws only what is near', async ({ stage: { page, open } }) => {
  await open('fallbacks-ten-thousand', 'fallbacks')
  const older = page.getByRole('button', { name: 'Show older' })
  const ids = () => rows(page).evaluateAll((all) => all.map((tr) => Number((tr as HTMLElement).dataset.fallback)))
  await expect(rows(page)).toHaveCount(50)
  const [newest = 0] = await ids()
  for (let read = 100; read <= 500; read += 50) {
    await older.click()
    await expect(page.locator(`[data-fallback="${newest - read + 1}"]`)).toBeAttached()
  }
  // By the keyboard one goes on where the list does.
  await older.focus()
  await page.keyboard.press('Enter')
  const first = page.locator(`[data-fallback="${newest - 500}"]`)
  await expect(first.getByRole('link').first()).toBeFocused()
  await expect(first).toBeInViewport()
  // Eleven pages were read; of those far above one empty row is left of each.
  await expect.poll(async () => (await ids()).length).toBeLessThanOrEqual(200)
  const here = await ids()
  expect(new Set(here).size).toBe(here.length)
  const height = () => page.evaluate(() => document.documentElement.scrollHeight)
  const before = await height()
  await page.evaluate(() => scrollTo(0, 0))
  await expect(page.locator(`[data-fallback="${newest}"]`)).toBeAttached()
  expect(Math.abs((await height()) - before)).toBeLessThanOrEqual(10)
})

test('the heat map is one stop of the keyboard, walked by the arrows, and filters by a day', async ({
  stage: { page, open },
}) => {
  await open('fallbacks-many', 'fallbacks')
  const grid = page.getByRole('grid', { name: /Fallbacks by day/ })
  await expect(grid.locator('[tabindex="0"]')).toHaveCount(1)
  await grid.locator('[tabindex="0"]').focus()
  const focused = page.locator(':focus')
  const today = await focused.getAttribute('data-day')
  const back = (days: number) => {
    const t = new Date(`${today}T12:00:00`)
    t.setDate(t.getDate() - days)
    return [t.getFullYear(), t.getMonth() + 1, t.getDate()].map((n) => String(n).padStart(2, '0')).join('-')
  }
  await page.keyboard.press('ArrowLeft')
  await expect(focused).toHaveAttribute('data-day', back(7))
  await page.keyboard.press('ArrowUp')
  await expect(focused).toHaveAttribute('data-day', back(8))
  await page.keyboard.press('End')
  await page.keyboard.press('ArrowRight')
  await expect(focused).toHaveAttribute('data-day', today ?? '')
  const counted = grid.locator('[data-day]:not([aria-disabled=true])').first()
  const day = await counted.getAttribute('data-day')
  await counted.focus()
  await expect(focused).toHaveAccessibleName(/^\d+ fallbacks? on \w{3} \d+ \w+, .* lost$/)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`when=${day}$`))
  await expect(focused).toHaveAttribute('aria-selected', 'true')
  const count = Number(((await focused.getAttribute('aria-label')) ?? '').split(' ')[0])
  await expect(rows(page)).toHaveCount(count)
  // Still one stop, and the next one lies outside.
  await expect(grid.locator('[tabindex="0"]')).toHaveCount(1)
  await page.keyboard.press('Tab')
  await expect(grid.locator(':focus')).toHaveCount(0)
  await focused.evaluate((e) => (e as HTMLElement).blur())
  await grid.locator('[aria-selected=true]').click()
  await expect(page).toHaveURL(/#\/fallbacks$/)
})

test('the days are a table as well', async ({ stage: { page, open } }) => {
  await open('fallbacks-few', 'fallbacks')
  await page.getByText('The days as a table').click()
  await accessible(page)
  await region(page, 'The last 26 weeks').getByRole('row').last().getByRole('link').click()
  await expect(rows(page)).toHaveCount(1)
})

test('a new one comes on top, and is found out about where it stands', async ({ stage: { page, open } }) => {
  await open('fallbacks-few', 'fallbacks')
  await expect(rows(page)).toHaveCount(6)
  await fallBack(page)
  await expect(rows(page)).toHaveCount(7)
  await expect(rows(page).first()).toContainText(/it is being looked into/i)
  await fallBack(page, 'find-out')
  await expect(rows(page).first()).toContainText("LM Studio's server was off")
  await expect(rows(page)).toHaveCount(7)
  await expect(region(page, 'The last 26 weeks')).toContainText('7 fallbacks')
})

test('what is being read stays where it is when a new one comes', async ({ stage: { page, open } }) => {
  await open('fallbacks-many', 'fallbacks')
  await expect(rows(page)).toHaveCount(50)
  const read = rows(page).nth(30)
  const id = await read.getAttribute('data-fallback')
  await read.evaluate((tr) => scrollTo(0, scrollY + tr.getBoundingClientRect().top - 200))
  await page.evaluate(() => new Promise(requestAnimationFrame))
  const top = () => page.locator(`[data-fallback="${id}"]`).evaluate((tr) => tr.getBoundingClientRect().top)
  const before = await top()
  for (let i = 0; i < 3; i++) await fallBack(page)
  await expect(rows(page)).toHaveCount(53)
  await expect(region(page, 'The last 26 weeks')).toContainText('483 fallbacks')
  expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1)
})

test('one that does not fit stays out', async ({ stage: { page, open } }) => {
  await open('fallbacks-few', 'fallbacks?cause=app_off')
  await expect(rows(page)).toHaveCount(1)
  await fallBack(page)
  await expect(region(page, 'The last 26 weeks')).toContainText('7 fallbacks')
  await expect(rows(page)).toHaveCount(1)
})

test('tells the whole story, and leads back to where the list was', async ({ stage: { page, open } }) => {
  await open('fallbacks-few', 'fallbacks?when=182')
  await rows(page).nth(1).getByRole('link').first().click()
  await expect(title(page)).toHaveText('Opus answered instead of MiniMax M2.1, 31 seconds late')
  await expect(page).toHaveTitle('Opus answered instead of MiniMax M2.1 · Pilotlight')
  await expect(page.getByRole('main')).toBeFocused()
  await expect(page.getByText('because loading MiniMax M2.1 took 41 s')).toBeVisible()
  await expect(region(page, 'What happened').getByRole('listitem')).toHaveCount(4)
  await expect(region(page, 'Who was asked').getByRole('row')).toHaveCount(3)
  await expect(region(page, 'Who was asked')).toContainText('LLM request timed out.')
  await expect(region(page, 'Evidence')).toContainText(/\/tmp\/openclaw\/openclaw-\d{4}-\d\d-\d\d\.log:1839204/)
  await expect(page.getByText('No prompt and no answer is kept.')).toBeVisible()
  await page.getByRole('link', { name: 'Older' }).click()
  await expect(title(page)).toHaveText('Nobody answered, 31 seconds lost')
  await page.getByRole('link', { name: 'Newer' }).click()
  await page.getByRole('link', { name: 'Fallbacks', exact: true }).last().click()
  await expect(page).toHaveURL(/#\/fallbacks\?when=182$/)
  await expect(rows(page).nth(1).getByRole('link').first()).toBeFocused()
})

test('comes back to the same place of a long list', async ({ stage: { page, open } }) => {
  await open('fallbacks-many', 'fallbacks')
  await page.getByRole('button', { name: 'Show older' }).click()
  await expect(rows(page)).toHaveCount(100)
  const id = await rows(page).nth(80).getAttribute('data-fallback')
  const link = page.locator(`[data-fallback="${id}"]`).getByRole('link').first()
  await link.scrollIntoViewIfNeeded()
  const top = () => link.evaluate((e) => e.getBoundingClientRect().top)
  const before = await top()
  await link.click()
  await expect(page.getByRole('region', { name: 'What happened' })).toBeVisible()
  await page.goBack()
  await expect(link).toBeInViewport()
  await expect(link).toBeFocused()
  expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1)
})

test('a story that no list holds still knows its neighbours', async ({ stage: { page, open } }) => {
  await open('fallbacks-many', 'fallbacks/300')
  await page.getByRole('link', { name: 'Newer' }).click()
  await expect(page).toHaveURL(/fallbacks\/301$/)
  await page.getByRole('link', { name: 'Older' }).click()
  await page.getByRole('link', { name: 'Older' }).click()
  await expect(page).toHaveURL(/fallbacks\/299$/)
})

test('a story that is not there says so', async ({ stage: { page, open } }) => {
  for (const item of ['4711', 'x', '0']) {
    await open('fallbacks-few', `fallbacks/${item}`)
    await expect(title(page)).toHaveText('There is no such fallback')
  }
  await accessible(page)
  await page.getByRole('link', { name: 'All fallbacks' }).click()
  await expect(rows(page)).toHaveCount(6)
})

test('carries out the remedy, shows that it does, and what came of it', async ({ stage: { page, open } }) => {
  await open('fallbacks-few', 'fallbacks/6')
  const box = region(page, 'What to do')
  const sent = page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/fix'))
  await box.getByRole('button', { name: 'Start the server' }).click()
  expect((await sent).url()).toMatch(/\/api\/fallbacks\/6\/fix$/)
  await expect(box.getByRole('button')).toBeDisabled()
  await expect(box.getByRole('status')).toHaveText(/Being done/)
  await expect(box.getByRole('status')).toHaveText(/LM Studio's server is on again\./)
  await expect(box.getByRole('button')).toBeEnabled()
  await accessible(page)
})

test('tells why a remedy was refused, and what to do', async ({ stage: { page, open } }) => {
  await open('fallbacks-refused', 'fallbacks/6')
  await region(page, 'What to do').getByRole('button', { name: 'Start the server' }).click()
  const alert = page.getByRole('alert')
  await expect(alert).toContainText('LM Studio is not running')
  await expect(alert).toContainText('Start LM Studio first.')
  await accessible(page)
  await alert.getByRole('button', { name: 'Dismiss' }).click()
  await expect(alert).toBeHidden()
})

test('mends what the history shows, and leads to it', async ({ stage: { page, open } }) => {
  await open('fallbacks-patterns', 'fallbacks')
  const mend = region(page, 'To mend')
  await expect(mend.getByRole('listitem')).toHaveCount(6)
  await expect(mend.getByRole('listitem').first()).toContainText('A session stays on Opus')
  // The time-out is raised by the fallback whose own remedy is the same.
  const sent = page.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/fix'))
  await mend.getByRole('button', { name: 'Set 60 s' }).click()
  expect((await sent).url()).toMatch(/\/api\/fallbacks\/5\/fix$/)
  await expect(mend.getByRole('status')).toContainText('on again')
  await mend.getByRole('button', { name: /^Unload the copy/ }).click()
  await expect(page.getByRole('button', { name: /^Unload the copy/ })).toBeHidden()
  await mend.getByRole('link', { name: 'This session' }).click()
  await expect(page).toHaveURL(/session=agent/)
  await expect(rows(page)).toHaveCount(1)
})

test('tells the agent once for each new one that it was seen', async ({ stage: { page, open } }) => {
  const posts: string[] = []
  page.on('request', (r) => r.url().endsWith('/fallbacks/seen') && posts.push(r.method()))
  await open('fallbacks-few')
  const rail = page.getByRole('navigation', { name: 'Places' }).first()
  await expect(rail.getByRole('link', { name: /^Fallbacks.*the last one not seen yet/ })).toBeVisible()
  expect(posts).toEqual([])
  await page.keyboard.press('Control+3')
  await expect(rail.getByRole('link', { name: /not seen yet/ })).toBeHidden()
  await rows(page).first().getByRole('link').first().click()
  await expect(region(page, 'What happened')).toBeVisible()
  expect(posts).toEqual(['POST'])
  await fallBack(page)
  await expect.poll(() => posts).toEqual(['POST', 'POST'])
  await expect(rail.getByRole('link', { name: /not seen yet/ })).toBeHidden()
})

test('saves how it tells at once, and says so', async ({ stage: { page, open } }) => {
  await open('fallbacks-few', 'fallbacks')
  const tell = region(page, 'Tell me')
  const put = () => page.waitForRequest((r) => r.method() === 'PUT' && r.url().endsWith('/api/settings'))
  let sent = put()
  await tell.getByLabel('From').fill('23:30')
  await tell.getByLabel('From').blur()
  expect((await sent).postDataJSON()).toEqual({
    notify: { fallbacks: true, quiet_from: '23:30', quiet_to: '07:00' },
  })
  await expect(tell.getByRole('status')).toHaveText(/Saved\..*never from 23:30\s+to 07:00/)
  sent = put()
  await tell.getByRole('switch', { name: 'Quiet hours' }).click()
  expect((await sent).postDataJSON()).toEqual({ notify: { fallbacks: true } })
  await expect(tell.getByLabel('From')).toBeHidden()
  sent = put()
  await tell.getByRole('switch', { name: 'Notice on the desktop' }).click()
  expect((await sent).postDataJSON()).toEqual({ notify: { fallbacks: false } })
  await expect(tell.getByRole('status')).toContainText('only told here')
  await page.reload()
  await expect(tell.getByRole('switch', { name: 'Notice on the desktop' })).not.toBeChecked()
})

test('turns a setting back that was refused, and says why', async ({ stage: { page, open } }) => {
  await open('fallbacks-refused', 'fallbacks')
  const tell = region(page, 'Tell me')
  const notice = tell.getByRole('switch', { name: 'Notice on the desktop' })
  await notice.click()
  await expect(tell.getByRole('alert')).toContainText('Choose another end.')
  await expect(notice).toBeChecked()
})

test('says on Now who answers, and what went wrong lately', async ({ stage: { page, open } }) => {
  await open('fallbacks-few')
  const chain = region(page, 'Who answers')
  await expect(chain.getByRole('listitem')).toHaveText([
    /1.*primary.*MiniMax M2\.1.*warm.*LM Studio.*131k context/s,
    /2.*fallback.*Opus.*hosted.*Anthropic/s,
    /3.*fallback.*Claude Sonnet 4\.5/s,
  ])
  const last = region(page, 'Fallbacks')
  await expect(last.getByRole('listitem')).toHaveCount(3)
  await expect(last.getByRole('listitem').first()).toContainText('new')
  await fallBack(page)
  await expect(last.getByRole('listitem').first()).toContainText('It is being looked into')
  await last.getByRole('listitem').last().getByRole('link').click()
  await expect(title(page)).toHaveText('Opus answered instead of MiniMax M2.1, 31 seconds late')
})

test('says calmly on Now what of OpenClaw cannot be seen', async ({ stage: { page, open } }) => {
  await open('openclaw-missing')
  await expect(page.getByText('OpenClaw was not found on this machine')).toBeVisible()
  await expect(region(page, 'Who answers')).toBeHidden()
  await open('warm')
  await expect(page.getByText(/OpenClaw/)).toHaveCount(1) // what loaded a model lately
  await open('openclaw-invalid')
  await expect(region(page, 'Who answers')).toContainText("a comma is missing after 'primary'")
  await expect(region(page, 'Who answers')).toContainText('/Users/me/.openclaw/openclaw.json')
  await open('openclaw-log-unreadable')
  await expect(region(page, 'Who answers')).toContainText('Start Pilotlight as the user who runs OpenClaw.')
  await open('openclaw-no-log', 'fallbacks')
  await expect(page.getByText('OpenClaw has not written a log yet')).toBeVisible()
})

test('an old page offers nothing to press', async ({ stage: { page, open } }) => {
  await open('fallbacks-stale', 'fallbacks')
  await expect(page.getByText(/What you see is from/)).toBeVisible()
  await expect(rows(page)).toHaveCount(6)
  await expect(region(page, 'Tell me').getByRole('switch')).toHaveCount(2)
  for (const one of await region(page, 'Tell me').getByRole('switch').all()) await expect(one).toBeDisabled()
  await rows(page).first().getByRole('link').first().click()
  await expect(region(page, 'What to do').getByRole('button')).toBeDisabled()
})

test('says what could not be read, and reads it again', async ({ stage: { page, open } }) => {
  await open('fallbacks-errors', 'fallbacks')
  await expect(page.getByRole('alert')).toHaveCount(1)
  await expect(page.getByRole('button', { name: 'Try again' }).first()).toBeVisible()
})

test('loses none that is told of while the list is read', async ({ stage: { page, open } }) => {
  let answer = () => {}
  const asked = new Promise<void>((done) => (answer = done))
  let read = () => {}
  const old = new Promise<void>((done) => (read = done))
  await page.route(/\/api\/fallbacks\?/, async (route) => {
    const response = await route.fetch()
    read()
    await asked
    await route.fulfill({ response })
  })
  await open('fallbacks-few', 'fallbacks')
  await old
  const rail = page.getByRole('link', { name: /^Fallbacks \d+ today$/ })
  const before = await rail.innerText()
  const f = await page.evaluate(() =>
    fetch('/play/fall-back', { method: 'POST' }).then((r) => r.json() as Promise<{ id: number }>),
  )
  // The event was before the state that counts it.
  await expect(rail).not.toHaveText(before, { useInnerText: true })
  answer()
  await expect(page.locator(`[data-fallback="${f.id}"]`)).toBeVisible()
  await page.unrouteAll({ behavior: 'ignoreErrors' })
})
