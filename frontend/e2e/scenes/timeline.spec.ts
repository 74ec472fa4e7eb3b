import { accessible, expect, fits, test, type Page } from './play'

const title = (page: Page) => page.getByRole('heading', { level: 1 })
const axis = (page: Page) => page.getByRole('application', { name: 'Time axis' })
const moment = (page: Page) => page.getByRole('region', { name: /^\w{3} \d+ \w+ \d{4}, \d\d:\d\d:\d\d/ })
const wrong = (page: Page) => page.getByRole('region', { name: 'What went wrong' })

/** The span that the address keeps, in milliseconds. */
function spanIn(page: Page): number {
  const query = new URLSearchParams(page.url().split('?')[1])
  return Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '')
}

test('says what went wrong, with where it leads', async ({ stage: { page, open } }) => {
  await open('timeline-day', 'timeline')
  await expect(title(page)).toHaveText('The last 24 hours')
  await expect(page.getByText('4 fallbacks, 1 failed load, a server off for 13 min')).toBeVisible()
  await expect(page).toHaveTitle('Timeline · Pilotlight')
  await expect(wrong(page).getByRole('listitem')).toHaveCount(6)
  await expect(wrong(page)).toContainText("LM Studio's server was off for 13 min")
  await expect(wrong(page)).toContainText('162 GB are needed and 148 GB were free')
  await wrong(page)
    .getByRole('link', { name: /^Open the story/ })
    .first()
    .click()
  await expect(page).toHaveURL(/#\/fallbacks\/\d+$/)
})

test('a story leads to its hour, with the line at it', async ({ stage: { page, open } }) => {
  await open('timeline-day', 'fallbacks/4')
  await page.getByRole('link', { name: 'See it on the timeline' }).click()
  await expect(page).toHaveURL(/#\/timeline\?from=.*&to=.*&at=/)
  expect(spanIn(page)).toBe(3_600_000)
  // The line stands where the reason is seen.
  await expect(moment(page)).toContainText("LM Studio's server was off")
})

test('zooms by a drag, and Back zooms out', async ({ stage: { page, open } }) => {
  await open('timeline-day', 'timeline')
  const box = await axis(page).boundingBox()
  if (!box) throw new Error('there is no axis')
  await page.mouse.move(box.x + box.width * 0.25, box.y + 60)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 })
  await page.mouse.up()
  await expect(page).toHaveURL(/#\/timeline\?from=/)
  expect(spanIn(page) / 3_600_000).toBeCloseTo(6, 0)
  await page.reload()
  await expect(title(page)).toContainText(' to ')
  expect(spanIn(page) / 3_600_000).toBeCloseTo(6, 0)
  await page.goBack()
  await expect(title(page)).toHaveText('The last 24 hours')
})

test('is walked, zoomed and read by the keyboard alone', async ({ stage: { page, open } }) => {
  await open('timeline-day', 'timeline?last=6h')
  await axis(page).focus()
  await page.keyboard.press('ArrowLeft')
  await expect(page).toHaveURL(/from=/)
  expect(spanIn(page) / 3_600_000).toBeCloseTo(6, 1)
  await page.keyboard.press('+')
  await expect.poll(() => spanIn(page) / 3_600_000).toBeCloseTo(4, 1)
  await page.keyboard.press('-')
  await expect.poll(() => spanIn(page) / 3_600_000).toBeCloseTo(6, 1)
  await page.keyboard.press('Shift+ArrowRight')
  await expect(moment(page)).toContainText(/Memory \d+\sGB/)
  await page.keyboard.press('Home')
  await expect(page).toHaveURL(/last=6h$/)
  await expect(title(page)).toHaveText('The last 6 hours')
})

test('its marks are one stop, walked by the arrows, and open their stories', async ({ stage: { page, open } }) => {
  await open('timeline-day', 'timeline')
  const marks = page.getByRole('list', { name: 'Fallbacks', exact: true }).getByRole('link')
  await expect(marks).toHaveCount(3)
  await expect(page.getByRole('list', { name: 'Fallbacks', exact: true }).locator('[tabindex="0"]')).toHaveCount(1)
  await marks.last().focus()
  await page.keyboard.press('ArrowLeft')
  await expect(marks.nth(1)).toBeFocused()
  await expect(marks.nth(1)).toHaveAccessibleName(/Nobody answered: MiniMax M2.1 was asked/)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/#\/fallbacks\/\d+$/)
})

test('several close together lead to where they lie apart', async ({ stage: { page, open } }) => {
  await open('timeline-day', 'timeline')
  const two = page.getByRole('link', { name: /2 fallbacks/ })
  await two.focus()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/from=/)
  await expect(page.getByRole('list', { name: 'Fallbacks', exact: true }).getByRole('link')).toHaveCount(2)
})

test('says what is not known, and why', async ({ stage: { page, open } }) => {
  await open('timeline-day', 'timeline')
  const box = await axis(page).boundingBox()
  if (!box) throw new Error('there is no axis')
  await page.mouse.move(box.x + box.width * 0.66, box.y + 60)
  await expect(moment(page)).toContainText('the machine slept, or Pilotlight did not run')
  await expect(page.getByText('unknown: Nothing was read then').first()).toBeAttached()
})

test('goes on by itself', async ({ stage: { page, open } }) => {
  await open('timeline-minutes', 'timeline?last=1h')
  await page.getByText('The figures as a table').click()
  const rows = page.getByRole('region', { name: 'The figures as a table' }).locator('tbody tr')
  await expect(rows.first()).toBeVisible()
  const before = await moment(page).getByRole('time').getAttribute('datetime')
  let asked = 0
  page.on('request', (r) => (asked += r.url().includes('/api/samples') ? 1 : 0))
  await page.evaluate(() => fetch('/play/sample', { method: 'POST' }).then((r) => r.json()))
  await expect(moment(page).getByRole('time')).not.toHaveAttribute('datetime', before ?? '')
  expect(asked).toBe(0)
})

test('the figures are a table, too', async ({ stage: { page, open } }) => {
  await open('timeline-two-gpus', 'timeline')
  await page.getByText('The figures as a table').click()
  const table = page.getByRole('table')
  await expect(table.getByRole('columnheader')).toHaveText([
    'From',
    'Memory',
    'GPU, NVIDIA RTX PRO 6000',
    'GPU, NVIDIA RTX 4090',
    'GPU memory, NVIDIA RTX PRO 6000',
    'GPU memory, NVIDIA RTX 4090',
    'Pressure',
    'Qwen3 Coder 30B',
  ])
  // Of this one nobody tells whether it is used.
  await expect(table.getByRole('row').last()).toContainText(/in memory$/)
  expect(await table.getByRole('row').count()).toBeGreaterThan(20)
  await accessible(page)
})

test('tells idle from in use, and leaves open what nobody tells', async ({ stage: { page, open } }) => {
  await open('timeline-day', 'timeline')
  await expect(page.getByText('high: in use')).toBeVisible()
  await expect(page.getByText('low: idle')).toBeVisible()
  await expect(moment(page)).toContainText(
    /MiniMax M2.1\s+in memory, 131k context, (idle for \d|in use|used \d+ times)/,
  )
  const box = await axis(page).boundingBox()
  if (!box) throw new Error('there is no axis')
  await page.mouse.move(box.x + box.width * (1 - 1.7 / 24), box.y + 60)
  await expect(moment(page)).toContainText(/Gemma 3 1B\s+in memory, 4k context(?!, )/)
  await page.getByText('The figures as a table').click()
  const table = page.getByRole('table')
  await expect(table.getByRole('cell', { name: /^in use \d/ }).first()).toBeAttached()
  await expect(table.getByRole('cell', { name: 'idle', exact: true }).first()).toBeAttached()
  await expect(table.getByRole('cell', { name: 'in memory', exact: true }).first()).toBeAttached()
  await page.setViewportSize({ width: 390, height: 844 })
  await fits(page, 'the page with a table that is wider')
})

test('asks once for a view, not for each step of a pan', async ({ stage: { page, open } }) => {
  await open('timeline-day', 'timeline?last=1h')
  await expect(moment(page)).toContainText('MiniMax')
  await page.waitForTimeout(600)
  let asked = 0
  page.on('request', (r) => (asked += r.url().includes('/api/samples') ? 1 : 0))
  await axis(page).focus()
  for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowLeft')
  await expect.poll(() => asked).toBeGreaterThan(0)
  await page.waitForTimeout(600)
  expect(asked).toBeLessThanOrEqual(3)
})

test('keeps the picture when a later question fails, and tries again', async ({ stage: { page, open } }) => {
  await open('timeline-errors', 'timeline')
  await expect(page.getByRole('alert')).toContainText('Something went wrong inside Pilotlight')
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible()
})

test('no number of a mark covers another, at the edge neither', async ({ stage: { page, open } }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await open('timeline-year', 'timeline?last=1y')
  const counts = page.getByRole('list', { name: 'Fallbacks', exact: true }).locator('[aria-hidden]')
  await expect.poll(() => counts.count()).toBeGreaterThan(8)
  const boxes = await counts.evaluateAll((all) =>
    all.map((e) => {
      const { left, right, top, bottom } = e.getBoundingClientRect()
      return { left, right, top, bottom, what: e.textContent || 'a mark' }
    }),
  )
  const over = boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => `${a.what} over ${b.what}`),
  )
  expect(over).toEqual([])
  for (const box of boxes) expect.soft(box.right, box.what).toBeLessThanOrEqual(390)
})
