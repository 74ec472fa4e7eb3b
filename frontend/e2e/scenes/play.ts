// A browser page before a stand-in agent that plays a scene.

import { expect, test as base, type Page } from '@playwright/test'
import { start } from '../../dev/serve.mjs'
import { complaints } from './axe'

export { expect, type Page }

export interface Stage {
  page: Page
  /** Starts a scene afresh and opens a place in it: "now", or what follows the hash. */
  open: (scene: string, place?: string) => Promise<void>
}

export const test = base.extend<{ stage: Stage }, { url: string }>({
  url: [
    // eslint-disable-next-line no-empty-pattern -- Playwright wants the first argument destructured, empty or not.
    async ({}, use) => {
      const server = await start()
      await use(server.url)
      await server.close()
    },
    { scope: 'worker' },
  ],
  stage: async ({ page, url }, use) => {
    const forbidden: string[] = []
    page.on('console', (m) => {
      if (/Content Security Policy/.test(m.text())) forbidden.push(m.text())
    })
    const thrown: string[] = []
    page.on('pageerror', (e) => thrown.push(e.message))
    await use({
      page,
      open: async (scene, place = 'now') => {
        await page.goto(`${url}/scene/${scene}${place === 'now' ? '' : `#/${place}`}`)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      },
    })
    expect(forbidden, 'the content policy forbids nothing that the page does').toEqual([])
    expect(thrown, 'the page throws nothing').toEqual([])
  },
})

/** Asserts that axe finds nothing to complain of. The words say of which look, where there are several. */
export async function accessible(page: Page, look = 'the page'): Promise<void> {
  expect.soft(await complaints(page), `axe finds no fault in ${look}`).toEqual([])
}

/** Asserts that nothing sticks out of the page: it never scrolls sideways. */
export async function fits(page: Page, look: string): Promise<void> {
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  expect.soft(wide, `${look} is no wider than the window`).toBeLessThanOrEqual(window ?? 0)
}

/** Asserts the same at each width, in one page; the heights go with the widths. */
export async function fitsAt(page: Page, what: string, widths: number[], heights: number[] = []): Promise<void> {
  for (const [i, width] of widths.entries()) {
    await page.setViewportSize({ width, height: heights[i] ?? 800 })
    await drawn(page)
    await fits(page, `${what} at ${width}`)
  }
}

/** Gives the page another width or theme, and waits until it is drawn so. */
export async function look(
  page: Page,
  theme: 'light' | 'dark',
  viewport: { width: number; height: number },
): Promise<void> {
  await page.setViewportSize(viewport)
  await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
  if (page.url() === 'about:blank') return
  await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
  await drawn(page)
}

/** Waits until what changed with the size of the window is drawn. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
}
