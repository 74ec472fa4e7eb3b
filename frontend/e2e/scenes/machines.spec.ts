import { accessible, expect, test, type Page } from './play'

const section = (page: Page) => page.getByRole('region', { name: 'Other machines' })
const row = (page: Page, name: string) => section(page).getByRole('listitem').filter({ hasText: name })

async function act(page: Page, name: string, item: string | RegExp) {
  await row(page, name).getByRole('button', { name: `Actions for ${name}` }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

test('shows each machine as it was last seen, and nothing where there is none', async ({
  stage: { page, open },
}) => {
  await open('warm')
  await expect(page.getByRole('region', { name: 'In memory' })).toBeVisible()
  await expect(section(page)).toBeHidden()
  await open('machines')
  await expect(row(page, 'mac-studio-2')).toContainText('MiniMax M2.1 is warm')
  await expect(row(page, 'mac-studio-2')).toContainText('215 of 512')
  await expect(row(page, 'mac-studio-2')).toContainText('GPU 37')
  await expect(row(page, 'gpu-box')).toContainText('look only')
  await expect(row(page, 'attic')).toContainText('Not reached since')
  await expect(row(page, 'attic')).toContainText('Last seen 3 h ago: MiniMax M2.1 is warm')
  await expect(row(page, 'funny')).toContainText('Its token is not accepted')
  await expect(row(page, 'old')).toContainText('does not tell what it keeps')
})

test('acts only where the token allows it', async ({ stage: { page, open } }) => {
  await open('machines')
  for (const name of ['gpu-box', 'attic', 'old']) {
    await row(page, name).getByRole('button', { name: `Actions for ${name}` }).click()
    await expect(page.getByRole('menuitem')).toHaveText(['Name and token…', 'Remove from here…'])
    await page.keyboard.press('Escape')
  }
  await act(page, 'mac-studio-2', /Pause for 1 hour/)
  await expect(row(page, 'mac-studio-2')).toContainText('Paused until you resume')
  await act(page, 'mac-studio-2', 'Resume keeping')
  await expect(row(page, 'mac-studio-2')).toContainText('MiniMax M2.1 is warm')
})

test('keeps another model there, and says why a load was refused', async ({ stage: { page, open } }) => {
  await open('two-machines')
  await act(page, 'mac-studio-2', 'Load or keep a model…')
  const dialog = page.getByRole('dialog', { name: 'Load or keep a model on mac-studio-2' })
  await expect(dialog.getByRole('button', { name: 'Keep loaded' })).toBeDisabled()
  await dialog.getByRole('radio', { name: /Qwen3 Coder 30B/ }).check()
  await dialog.getByLabel('Context length').fill('many')
  await expect(dialog).toContainText('A whole number of tokens')
  await dialog.getByLabel('Context length').fill('32768')
  await accessible(page)
  await dialog.getByRole('button', { name: 'Load once' }).click()
  await expect(row(page, 'mac-studio-2').getByRole('alert')).toContainText('not enough memory')
  await row(page, 'mac-studio-2').getByRole('button', { name: 'Dismiss' }).click()
  await act(page, 'mac-studio-2', 'Load or keep a model…')
  await dialog.getByRole('radio', { name: /Qwen3 Coder 30B/ }).check()
  await dialog.getByRole('button', { name: 'Keep loaded' }).click()
  await expect(row(page, 'mac-studio-2')).toContainText('is loading…')
})

test('asks before it unloads there', async ({ stage: { page, open } }) => {
  await open('two-machines')
  await act(page, 'mac-studio-2', 'Unload MiniMax M2.1…')
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('pauses the keep')
  await accessible(page)
  await dialog.getByRole('button', { name: 'Unload', exact: true }).click()
  await row(page, 'mac-studio-2').getByRole('button', { name: /^Actions/ }).click()
  await expect(page.getByRole('menuitem', { name: /^Unload/ })).toBeHidden()
})

test('adds a machine from the Models page, after what was wrong was said', async ({
  stage: { page, open },
}) => {
  await open('warm', 'models')
  await page.getByRole('button', { name: 'Add a machine' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add a machine' })
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(dialog.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true')
  await accessible(page)
  await dialog.getByLabel('Address').fill('http://192.168.1.30:7456')
  await dialog.getByLabel('Token').fill('wrong')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(dialog.getByRole('alert')).toContainText('does not accept this token')
  await dialog.getByLabel('Token').fill('0123456789abcdef')
  await dialog.getByLabel('Name').fill('mini')
  await dialog.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(dialog).toBeHidden()
  await page.goto(`${new URL(page.url()).origin}/#/`)
  await expect(row(page, 'mini')).toContainText('Not looked at yet')
})

test('renames and removes one', async ({ stage: { page, open } }) => {
  await open('two-machines')
  await act(page, 'mac-studio-2', 'Name and token…')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('attic')
  await accessible(page)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await act(page, 'attic', 'Remove from here…')
  await expect(dialog).toContainText('Nothing changes on that machine')
  await accessible(page)
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await expect(section(page)).toBeHidden()
})
