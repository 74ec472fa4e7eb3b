import { expect, test, type Page } from './stage'

const key = 'sk-lm-Zk41pWq9:8fJ2nVb7Lr5XcTgYh3Ds'
const token = 'hook-7f1e9a52c0b84d63'

/** As a person keeps it: comments all over, a secret, a variable, a trailing comma. */
const config = (lmstudio: string, log: string) => `// my set-up; ask me before you change it
{
  agents: {
    defaults: {
      model: {
        primary: 'lmstudio/qwen/qwen3-0.6b', // the local one first
        fallbacks: [
          'anthropic/claude-opus-4-6', // costs money
          'anthropic/claude-sonnet-4-5', // costs less
        ],
      },
      /* names for the chat */
      models: {
        'lmstudio/qwen/qwen3-0.6b': {},
        'anthropic/claude-opus-4-6': { alias: 'Opus' },
        'anthropic/claude-sonnet-4-5': { alias: 'Sonnet' },
      },
    },
  },
  models: {
    mode: 'merge',
    providers: {
      lmstudio: {
        baseUrl: '${lmstudio}/v1',
        apiKey: '${key}', // from the keychain
        api: 'openai-responses',
        models: [
          { id: 'qwen/qwen3-0.6b', name: 'Small', contextWindow: 32768, maxTokens: 4096 }, // tiny
        ],
      },
      other: { baseUrl: 'http://127.0.0.1:9/v1', apiKey: '\${OTHER_KEY}', api: 'openai-completions', models: [] },
    },
  },
  hooks: { token: '${token}' },
  logging: { file: '${log}' },
  gateway: { mode: 'local', port: 9 },
  meta: { lastTouchedVersion: '2026.9.6' },
}
// the end
`

const comments = (text: string) => text.match(/\/\/ (?!127).*$|\/\*.*?\*\//gm) ?? []
const fallbacks = (page: Page) => page.getByRole('region', { name: 'Fallbacks' }).getByRole('listitem')
const editor = (page: Page) => page.getByRole('textbox', { name: "The config's text" })
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

test.use({ openclaw: { config } })

/** Collects all that the agent says to the page. */
function listen(page: Page): () => Promise<string> {
  const all: Promise<string>[] = []
  page.on('response', (r) => {
    if (r.url().includes('/api/') && !r.url().includes('/api/events')) all.push(r.text().catch(() => ''))
  })
  return async () => (await Promise.all(all)).join('\n')
}

test('an edit in the form shows in the text, and leaves all else as it was', async ({ stage }) => {
  const { page } = stage
  const said = listen(page)
  await stage.signIn()
  await page.goto(`${stage.url}/#/config`)
  const before = stage.readConfig()
  await expect(editor(page)).toContainText('costs money')
  await expect(editor(page)).toContainText('••••••••')
  await expect(editor(page)).toContainText('${OTHER_KEY}')

  await page
    .getByRole('button', { name: 'Move Opus down' })
    .click({ timeout: 2000 })
    .catch(() => undefined)
  await page.getByRole('button', { name: /^Move .*Opus.* down$/ }).click()
  await expect(fallbacks(page).first()).toContainText('Sonnet')
  await page.getByLabel('Other name of lmstudio/qwen/qwen3-0.6b').fill('Tiny')
  await page.getByLabel('Other name of lmstudio/qwen/qwen3-0.6b').press('Tab')
  await expect(editor(page)).toContainText("'Tiny'")

  await button(page, 'Look and save').click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('All 8 comments stay.')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  const after = stage.readConfig()
  expect(comments(after).sort()).toEqual(comments(before).sort())
  expect(after).toContain(`apiKey: '${key}', // from the keychain`)
  expect(after).toContain(`token: '${token}'`)
  expect(after).toContain("alias: 'Tiny'")
  expect(after.indexOf('claude-sonnet-4-5')).toBeLessThan(after.indexOf('claude-opus-4-6'))
  const all = await said()
  expect(all).toContain('__PILOTLIGHT_SECRET_')
  expect(all).not.toContain(key)
  expect(all).not.toContain(token)
  await page.screenshot({ path: '/tmp/page-shots/real.png', fullPage: true })
})
