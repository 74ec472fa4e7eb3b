import { appendFileSync } from 'node:fs'
import { evil, hostileConfig, hostileLMStudio, hostileLog, hostilePeer, key } from './hostile'
import { expect, test, type Page } from './stage'

test.use({ openclaw: { config: hostileConfig }, lmstudio: { start: hostileLMStudio } })

/** What a script in a string would do, and what the browser would say of it. */
interface Watch {
  /** All that should not have happened so far. */
  harm: () => Promise<string[]>
}

async function watch(page: Page, origin: string): Promise<Watch> {
  const seen: string[] = []
  page.on('dialog', (d) => {
    seen.push(`a dialog of the browser's: ${d.message()}`)
    void d.dismiss()
  })
  page.on('request', (r) => {
    if (!r.url().startsWith(`${origin}/`) && !r.url().startsWith('data:')) seen.push(`asked for ${r.url()}`)
  })
  page.on('popup', (p) => seen.push(`opened ${p.url()}`))
  await page.exposeFunction('pilotlightHarm', (what: string) => seen.push(what))
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (e) => {
      const tell = (window as unknown as { pilotlightHarm: (what: string) => void }).pilotlightHarm
      tell(`the policy stopped ${e.violatedDirective} ${e.blockedURI}`)
    })
  })
  return {
    harm: async () => {
      // Under the policy markup may do nothing, and would still be markup.
      const made = await page.evaluate(() => {
        const bad = 'img[src="x"], iframe, svg[onload], [onerror], a[href^="javascript:"], body script:not([src])'
        const roots: (Document | ShadowRoot)[] = [document]
        for (const e of document.querySelectorAll('*')) if (e.shadowRoot) roots.push(e.shadowRoot)
        return roots.flatMap((r) =>
          [...r.querySelectorAll(bad)].map((e) => `made an element: ${e.outerHTML.slice(0, 80)}`),
        )
      })
      return [...seen, ...made]
    },
  }
}

const shown = (page: Page) => page.evaluate(() => document.body.textContent ?? '')

/** Presses whatever there is to press on a page, and looks into each dialog. */
async function pressAll(page: Page, url: string, watching: Watch): Promise<number> {
  let dialogs = 0
  const names = await page
    .locator('main button:visible:enabled')
    .evaluateAll((all) => all.map((b, n) => ({ n, text: b.textContent ?? '' })))
  for (const { n } of names.slice(0, 40)) {
    await page
      .locator('main button:visible')
      .nth(n)
      .click({ timeout: 700 })
      .catch(() => undefined) // gone meanwhile, or covered by what another opened
    const dialog = page.locator('dialog[open]')
    if (await dialog.count()) {
      dialogs++
      await expect(dialog.first()).toBeVisible()
      expect(await watching.harm(), 'in a dialog').toEqual([])
      for (let i = 0; i < 3 && (await dialog.count()); i++) await page.keyboard.press('Escape')
    }
    if (!page.url().startsWith(url)) await page.goto(url)
  }
  expect(await watching.harm(), `after everything was pressed at ${url}`).toEqual([])
  return dialogs
}

test('shows what others say as text, wherever it stands', async ({ stage }) => {
  test.slow()
  const { page } = stage
  const watching = await watch(page, stage.url)
  const peer = await hostilePeer()
  await stage.command(
    'peers',
    'add',
    peer.url,
    '--token',
    'a-token-of-another-machine-0123456789',
    '--name',
    '<b>machine</b>',
  )
  appendFileSync(stage.log, hostileLog('one'))
  await stage.signIn()
  await stage.command('keep', key).catch(() => undefined) // refused, in hostile words

  let dialogs = 0
  const places: [string, string[]][] = [
    ['#/', ['display <img', '<b>machine</b>', 'peer-']],
    ['#/models', ['display <img', 'quantization"']],
    ['#/fallbacks', ['<img src=x']],
    ['#/timeline', ['<img src=x']],
    ['#/config', ['alias <img', 'provider"']],
    ['#/doctor', ['<img src=x']],
  ]
  for (const [hash, texts] of places) {
    const url = `${stage.url}/${hash}`
    await page.goto(url)
    for (const text of texts)
      await expect
        .poll(() => shown(page), { message: `${hash} shows ${text} as text`, timeout: 30_000 })
        .toContain(text)
    if (hash === '#/config')
      await expect(page.getByRole('textbox', { name: "The config's text" })).toContainText('// comment <img')
    expect(await watching.harm(), hash).toEqual([])
    dialogs += await pressAll(page, url, watching)
  }
  expect(dialogs, 'dialogs were opened').toBeGreaterThan(5)

  // The story of the fallback, and the palette.
  await page.goto(`${stage.url}/#/fallbacks/1`)
  await expect(page.getByRole('region', { name: 'What happened' })).toContainText('<img src=x', { timeout: 30_000 })
  await page.keyboard.press('Control+k')
  await page.keyboard.type('<img src=x')
  await expect(page.getByRole('option').first()).toContainText('<img')
  expect(await watching.harm(), 'in the story and the palette').toEqual([])
  peer.close()

  // The proof that this test can fail: the same text as markup is seen, and stopped.
  const other = await page.context().newPage()
  const proof = await watch(other, stage.url)
  await other.goto(stage.url)
  await other.evaluate((text) => (document.body.innerHTML = text), evil('proof'))
  for (const what of ['made an element', 'the policy stopped'])
    await expect.poll(proof.harm).toEqual(expect.arrayContaining([expect.stringContaining(what)]))
  expect(
    (await proof.harm()).filter((h) => h.includes('dialog')),
    'the policy held',
  ).toEqual([])
})
