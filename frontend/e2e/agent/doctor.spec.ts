import { expect, test, type Page } from './stage'

const key = 'sk-lm-Zk41pWq9:8fJ2nVb7Lr5XcTgYh3Ds'

/** As a person keeps it, with one thing to mend: hosted models are shut out. */
const config = (lmstudio: string, log: string) => `// my set-up
{
  agents: { defaults: {
    model: { primary: 'lmstudio/qwen/qwen3-0.6b', fallbacks: ['anthropic/claude-opus-4-6'] },
    models: { 'lmstudio/qwen/qwen3-0.6b': {}, 'anthropic/claude-opus-4-6': { alias: 'Opus' } },
  } },
  models: {
    mode: 'replace', // was a try
    providers: {
      lmstudio: {
        baseUrl: '${lmstudio}/v1', apiKey: '${key}', api: 'openai-responses',
        models: [{ id: 'qwen/qwen3-0.6b', name: 'Small', contextWindow: 32768, maxTokens: 4096 }],
      },
    },
  },
  logging: { file: '${log}' },
  gateway: { mode: 'local', port: 9 },
  meta: { lastTouchedVersion: '2026.9.6' },
}
`

const check = (page: Page, id: string) => page.locator(`[data-check="${id}"]`)

test.use({ openclaw: { config } })

test('finds what is to mend, mends it in the file, and says that it is well then', async ({ stage }) => {
  const { page } = stage
  await stage.signIn()
  await page.goto(`${stage.url}/#/doctor`)
  const row = check(page, 'models_mode')
  await expect(row).toHaveAttribute('data-verdict', 'fail', { timeout: 30_000 })
  await row.getByRole('button').first().click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('row', { name: /added: .*merge/ })).toBeVisible({ timeout: 30_000 })
  await expect(dialog).not.toContainText(key)
  await dialog.getByRole('button', { name: 'Do it' }).click()
  await expect(dialog).toContainText('It is well now.', { timeout: 30_000 })
  await dialog.getByRole('button', { name: 'Done', exact: true }).click()
  await expect(row).toHaveAttribute('data-verdict', 'ok')
  const after = stage.readConfig()
  expect(after).toMatch(/mode: ["']merge["'], \/\/ was a try/)
  expect(after).toContain(`apiKey: '${key}'`)
})

test('the report to copy holds no key and no path', async ({ stage }) => {
  const { page } = stage
  await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
  await stage.signIn()
  await page.goto(`${stage.url}/#/doctor`)
  await page.getByRole('button', { name: 'Copy report' }).click()
  const text = page.getByRole('dialog').getByRole('region', { name: "The report's text" })
  await expect(text).toContainText('# Pilotlight doctor', { timeout: 30_000 })
  await expect(text).not.toContainText(key)
  await expect(text).not.toContainText(stage.config)
})

test('looks again by itself when the server goes', async ({ stage }) => {
  const { page } = stage
  await stage.signIn()
  await page.goto(`${stage.url}/#/doctor`)
  await expect(check(page, 'lmstudio_server')).toHaveAttribute('data-verdict', 'ok', { timeout: 30_000 })
  await stage.happens('stop_server')
  await expect(check(page, 'lmstudio_server')).toHaveAttribute('data-verdict', 'fail', { timeout: 60_000 })
})
