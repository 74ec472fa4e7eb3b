// A browser page before a stand-in agent that plays a scene.

import AxeBuilder from '@axe-core/playwright'
import { expect, test as base, type Page } from '@playwright/test'
import { start } from '../../dev/serve.mjs'

export { expect, type Page }

export interface Stage {
  page: Page
  /** Starts a scene afresh and opens a place in it: "now", or what follows the hash. */
  open: (scene: string, place?: string) => Promise<void>
}

export const test = base.extend<{ stage: Stage }, { url: string }>({
  url: [
    // eslint-disable-next-line no-empty-pattern -- Playwright wants the first argument destructured, empty or not
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
        await page.goto(`${url}/scene/${scene}`)
        if (place !== 'now') await page.goto(`${url}/#/${place}`)
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      },
    })
    expect(forbidden, 'the content policy forbids nothing that the page does').toEqual([])
    expect(thrown, 'the page throws nothing').toEqual([])
  },
})

/**
 * Asserts that axe finds nothing to complain of, in the WCAG 2.2 AA rules and the best practices.
 * Our pages have no frames, so the mode that leaves frames out finds the same in half the time.
 */
export async function accessible(page: Page): Promise<void> {
  const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode(true)
  const { violations } = await axe.analyze()
  const told = violations.map(
    (v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} ${n.failureSummary ?? ''}`).join('; ')}`,
  )
  expect(told).toEqual([])
}
