import { accessible, expect, fitsAt, test } from './play'

test('goes between places by keys, and the content takes the focus', async ({ stage: { page, open } }) => {
  await open('warm')
  await page.keyboard.press('Control+2')
  await expect(page).toHaveTitle('Timeline · Pilotlight')
  await page.keyboard.press('Control+3')
  await expect(page).toHaveTitle('Fallbacks · Pilotlight')
  await page.keyboard.press('Control+4')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Models')
  await expect(page.getByRole('main')).toBeFocused()
  await expect(page).toHaveTitle('Models · Pilotlight')
  await page.keyboard.press('Control+1')
  await expect(page).toHaveTitle('MiniMax M2.1 is warm · Pilotlight')
})

test('the first stop of the keyboard skips to the content, and every stop is seen', async ({
  stage: { page, open },
}) => {
  await open('warm')
  await page.keyboard.press('Tab')
  const skip = page.getByRole('button', { name: 'Skip to the content' })
  await expect(skip).toBeFocused()
  await expect(skip).toBeInViewport()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main')).toBeFocused()
  await page.keyboard.press('Tab')
  const pause = page.getByRole('button', { name: 'Pause keeping it loaded' })
  await expect(pause).toBeFocused()
  expect(await pause.evaluate((e) => getComputedStyle(e).outlineStyle)).toBe('solid')
})

test('keeps the chosen theme, and follows the system when told so', async ({ stage: { page, open } }) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await open('warm')
  const root = page.locator('html')
  const dark = page.getByRole('radio', { name: 'Dark theme' }).first()
  await dark.check({ force: true })
  await expect(root).toHaveAttribute('data-theme', 'dark')
  await page.reload()
  await expect(root).toHaveAttribute('data-theme', 'dark')
  await page.getByRole('radio', { name: 'Theme as the system' }).first().check({ force: true })
  await expect(root).toHaveAttribute('data-theme', 'light')
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect(root).toHaveAttribute('data-theme', 'dark')
})

test('tells a change of the sentence to a screen reader, without the seconds', async ({ stage: { page, open } }) => {
  await open('first-run')
  const spoken = page.locator('[aria-live=polite]')
  await page
    .getByRole('button', { name: 'Keep Phi 4 loaded' })
    .or(page.getByRole('button', { name: 'Keep GLM 4.6 loaded' }))
    .first()
    .click()
  await expect(spoken).toHaveText(/ is loading…$/)
})

test('tells a screen reader of a new fallback and of a lost server once, and of nothing when the page comes', async ({
  stage: { page, open },
}) => {
  await open('fallbacks-few')
  const spoken = page.locator('[aria-live=polite]')
  await expect(page.getByRole('region', { name: 'Fallbacks' }).getByRole('listitem').first()).toBeVisible()
  await expect(spoken).toHaveText('')
  await page.evaluate(() => fetch('/play/fall-back', { method: 'POST' }))
  await expect(spoken).toHaveText('New fallback: Opus answered instead of MiniMax M2.1.')
  // More was found out about it: the page shows that, and reads nothing out.
  const first = await spoken.innerHTML()
  await page.evaluate(() => fetch('/play/find-out', { method: 'POST' }))
  await page.evaluate(() => fetch('/play/server?state=server_off', { method: 'POST' }))
  await expect(spoken).toHaveText("LM Studio's server is off.")
  expect(first).toContain('New fallback')
  await page.evaluate(() => fetch('/play/server?state=up', { method: 'POST' }))
  await expect(spoken).toHaveText('LM Studio answers again.')
})

test('fits at twice the size, and in the least window', async ({ stage: { page, open } }) => {
  for (const [scene, place] of [
    ['duplicate', 'now'],
    ['duplicate', 'models'],
    ['timeline-many-models', 'timeline'],
    ['timeline-day', 'timeline?last=1h'],
    ['fallbacks-long-names', 'now'],
    ['fallbacks-long-names', 'fallbacks'],
    ['fallbacks-long-names', 'fallbacks/1'],
  ] as const) {
    await open(scene, place)
    // A window of 900 by 600 at 200 % has 450 by 300 of the page's own pixels.
    await fitsAt(page, `${scene} ${place}`, [450, 900, 320], [300, 600, 640])
  }
  await accessible(page, 'the least window')
})

test('shows nothing of a wait under 300 ms', async ({ stage: { page, open } }) => {
  await open('connecting')
  const heading = page.getByRole('heading', { name: 'Connecting to Pilotlight…' })
  expect(await heading.evaluate((e) => getComputedStyle(e).animationDelay)).toBe('0.3s')
})

test('asks for a sign-in, and for nothing else', async ({ stage: { page, open } }) => {
  await open('signed-out')
  await expect(page.getByText('pilotlight open')).toBeVisible()
  await expect(page.getByRole('navigation')).toBeHidden()
})

test('on a phone no number covers the name of another place, or is cut off', async ({ stage: { page, open } }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  for (const scene of ['fallbacks-ten-thousand', 'fallbacks-few', 'doctor-findings']) {
    await open(scene)
    const places = page.getByRole('navigation', { name: 'Places' })
    await expect(places.locator('[aria-hidden]')).not.toHaveCount(0)
    const wrong = await places.locator('a > span, [aria-hidden]').evaluateAll((all) =>
      all.flatMap((e) => {
        const a = e.getBoundingClientRect()
        const covered = all
          .filter((other) => !other.contains(e) && !e.contains(other))
          .filter((other) => {
            const b = other.getBoundingClientRect()
            return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
          })
          .map((other) => `${e.textContent} covers ${other.textContent}`)
        return a.right > innerWidth ? [...covered, `${e.textContent} is cut off`] : covered
      }),
    )
    expect.soft(wrong, scene).toEqual([])
  }
})
