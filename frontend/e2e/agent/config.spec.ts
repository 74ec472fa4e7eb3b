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

  await page.getByRole('button', { name: /^Move .*Opus.* down$/ }).click()
  await expect(fallbacks(page).first()).toContainText('Sonnet')
  await page.getByLabel('Other name of lmstudio/qwen/qwen3-0.6b').fill('Tiny')
  await page.getByLabel('Other name of lmstudio/qwen/qwen3-0.6b').press('Tab')
  await expect(editor(page)).toContainText("'Tiny'")

  await button(page, 'Review and save').click()
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
})

test('a change from outside meanwhile is told at once, and both sides are kept', async ({ stage }) => {
  const { page } = stage
  const said = listen(page)
  await stage.signIn()
  await page.goto(`${stage.url}/#/config`)
  const alias = page.getByLabel('Other name of anthropic/claude-opus-4-6')
  await alias.fill('Big')
  await alias.press('Tab')
  await expect(editor(page)).toContainText("alias: 'Big'")
  // OpenClaw writes as it does: its own stamp, and something of a person's beside.
  stage.writeConfig(
    stage
      .readConfig()
      .replace("'2026.9.6' }", "'2026.9.6', lastTouchedAt: '2026-11-24T10:00:00.000Z' }")
      .replace('port: 9 }', 'port: 9 }, // by hand'),
  )
  const conflict = page.getByRole('region', { name: 'The file was written by somebody else' })
  await expect(conflict).toContainText('The two do not touch each other.', { timeout: 20_000 })
  await button(page, 'Put my change on top of theirs').click()
  await expect(conflict).toBeHidden()
  await button(page, 'Review and save').click()
  await expect(page.getByRole('dialog')).toContainText('1 line added, 1 removed.')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('dialog')).toBeHidden()
  const after = stage.readConfig()
  expect(after).toContain("alias: 'Big'")
  expect(after).toContain('// by hand')
  expect(after).toContain('lastTouchedAt')
  expect(after).toContain(key)
  expect(await said()).not.toContain(key)
})

test('both changed the same: nothing is written until a person chose', async ({ stage }) => {
  const { page } = stage
  await stage.signIn()
  await page.goto(`${stage.url}/#/config`)
  const alias = page.getByLabel('Other name of anthropic/claude-opus-4-6')
  await alias.fill('Big')
  await alias.press('Tab')
  await expect(editor(page)).toContainText("alias: 'Big'")
  stage.writeConfig(stage.readConfig().replace("alias: 'Opus'", "alias: 'Best'"))
  const conflict = page.getByRole('region', { name: 'The file was written by somebody else' })
  await expect(conflict).toContainText('They differ in 1 place.', { timeout: 20_000 })
  expect(stage.readConfig()).toContain("alias: 'Best'")
  await conflict.getByRole('button', { name: 'Theirs', exact: true }).click()
  await button(page, 'Put them together as chosen').click()
  await expect(alias).toHaveValue('Best')
  await page.getByRole('region', { name: 'Kept aside' }).getByRole('button', { name: 'Take it back' }).click()
  await expect(alias).toHaveValue('Big')
})

test('applies a recipe to the file, and puts the version before back', async ({ stage }) => {
  const { page } = stage
  await stage.signIn()
  await page.goto(`${stage.url}/#/config`)
  const before = stage.readConfig()
  await page
    .getByRole('region', { name: 'Recipes' })
    .getByRole('button', { name: /Hosted model first/ })
    .click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('region', { name: 'What the recipe changes' })).toContainText('primary')
  await dialog.getByRole('button', { name: 'Save it' }).click()
  await expect(dialog).toBeHidden()
  expect(stage.readConfig()).toContain("primary: 'anthropic/claude-opus-4-6', // the local one first")
  expect(stage.readConfig()).toContain(key)
  await expect(page.getByText(/No gateway said anything|It is saved/).first()).toBeVisible({
    timeout: 20_000,
  })

  const versions = page.getByRole('region', { name: 'Earlier versions' }).getByRole('listitem')
  await expect(versions).toHaveCount(2)
  await versions.nth(1).getByRole('button', { name: 'Put back…' }).click()
  await expect(dialog.getByRole('region', { name: 'What putting it back changes' })).toContainText('primary')
  await dialog.getByRole('button', { name: 'Put it back', exact: true }).click()
  await expect(dialog).toBeHidden()
  expect(stage.readConfig()).toBe(before)
  await expect(page.getByLabel('The model that is asked first')).toHaveValue(/qwen3-0.6b/)
})

test('a secret that is typed goes into the file, and is dots from then on', async ({ stage }) => {
  const { page } = stage
  const fresh = 'sk-lm-Q8mZr2Tn:5VbXw9LcKd7PfGhJ'
  await stage.signIn()
  await page.goto(`${stage.url}/#/config`)
  await editor(page).getByText('••••••••').first().click()
  await page.keyboard.press('Home')
  await page.keyboard.press('Control+f')
  await page.getByRole('textbox', { name: 'Find' }).fill("'${OTHER_KEY}'")
  await page.getByRole('textbox', { name: 'Replace' }).fill(`'${fresh}'`)
  await page.getByRole('button', { name: 'replace all' }).click()
  // Another change by the form must not lose what was typed.
  const alias = page.getByLabel('Other name of anthropic/claude-opus-4-6')
  await alias.fill('Big')
  await alias.press('Tab')
  await expect(editor(page)).toContainText("alias: 'Big'")
  await button(page, 'Review and save').click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('••••••••')
  await expect(dialog).not.toContainText(fresh)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  expect(stage.readConfig()).toContain(`apiKey: '${fresh}'`)
  expect(stage.readConfig()).toContain(`apiKey: '${key}'`)
  await expect(editor(page)).not.toContainText(fresh)
})

test('refuses what OpenClaw would not take, and keeps the draft', async ({ stage }) => {
  const { page } = stage
  await stage.signIn()
  await page.goto(`${stage.url}/#/config`)
  const before = stage.readConfig()
  await editor(page).getByText('anthropic/claude-opus-4-6').first().click()
  await page.keyboard.press('Control+f')
  await page.getByRole('textbox', { name: 'Find' }).fill("mode: 'merge'")
  await page.getByRole('textbox', { name: 'Replace' }).fill("mode: 'sideways'")
  await page.getByRole('button', { name: 'replace all' }).click()
  await button(page, 'Review and save').click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('OpenClaw would not start with this')
  await expect(dialog.getByRole('button', { name: 'Save', exact: true })).toBeDisabled()
  expect(stage.readConfig()).toBe(before)
})

test('a broken file is shown with its place and mended here, its secrets untouched', async ({ stage }) => {
  const { page } = stage
  const good = stage.readConfig()
  stage.writeConfig(good.replace("mode: 'merge',", "mode: 'merge' oops,"))
  const said = listen(page)
  await stage.signIn()
  await page.goto(`${stage.url}/#/config`)
  await expect(page.getByRole('alert')).toContainText('The config is not JSON5')
  await expect(page.getByLabel('The broken line')).toContainText('^')
  await editor(page).click()
  await page.keyboard.press('Control+f')
  await page.getByRole('textbox', { name: 'Find' }).fill("'merge' oops")
  await page.getByRole('textbox', { name: 'Replace' }).fill("'merge'")
  await page.getByRole('button', { name: 'replace all' }).click()
  await expect(page.getByLabel('The model that is asked first')).toBeEnabled()
  await button(page, 'Review and save').click()
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('dialog')).toBeHidden()
  expect(stage.readConfig()).toBe(good)
  const all = await said()
  expect(all).not.toContain(key)
  expect(all).not.toContain(token)
})
