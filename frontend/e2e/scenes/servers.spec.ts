import { accessible, expect, fitsAt, test, type Page } from './play'

const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

test('gives each server a section, by its proper name, with what it cannot tell', async ({ stage: { page, open } }) => {
  await open('engines', 'models')
  await expect(region(page, 'LM Studio')).toContainText("lmstudio in OpenClaw's config")
  await expect(region(page, 'vLLM on gpu-box')).toContainText('version 0.11.2')
  await expect(region(page, 'vLLM on gpu-box')).toContainText('keeps what it was started with as long as it runs')
  await expect(region(page, 'LiteLLM on gpu-box')).toContainText('wants a key')
  await expect(region(page, 'house on studio-2')).toContainText("a gateway that speaks OpenAI's API")
  await expect(region(page, 'house on studio-2')).toContainText('does not answer')
  await expect(region(page, 'OpenRouter')).toContainText(/reachable.*answers from EU.*120.ms/)
  await expect(region(page, 'Anthropic')).toContainText('The name api.anthropic.com is not known')
})

test('offers no button that a server cannot follow', async ({ stage: { page, open } }) => {
  await open('engines', 'models')
  for (const name of ['vLLM on gpu-box', 'llama.cpp', 'LiteLLM on gpu-box', 'OpenRouter', 'Anthropic'])
    await expect(region(page, name).getByRole('button')).toHaveCount(0)
  await expect(region(page, 'house on studio-2').getByRole('button', { name: /by requests/ })).toBeDisabled()
  const ollama = region(page, 'Ollama on mini.local')
  await expect(ollama.getByRole('button', { name: 'Keep llama3.2:3b loaded' })).toBeVisible()
  await expect(ollama.getByRole('button', { name: 'Unload qwen3:8b' })).toBeVisible()
  await expect(ollama.getByRole('button', { name: /^Memory/ })).toHaveCount(0)
  await expect(region(page, 'vLLM on gpu-box').getByText('stays')).toBeVisible()
})

test('the chain says on which server each is, and how far a hosted one', async ({ stage: { page, open } }) => {
  await open('engines')
  const hops = region(page, 'Who answers').getByRole('listitem')
  await expect(hops.nth(1)).toContainText(/warm.*vLLM on gpu-box.*answering now/)
  await expect(hops.nth(2)).toContainText(/reachable.*OpenRouter.*120.ms.*EU/)
  await expect(hops.nth(3)).toContainText(/not reachable.*Anthropic/)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('MiniMax M2.1 is warm')
  await expect(region(page, 'In memory')).toContainText('What LiteLLM on gpu-box, house on studio-2 hold is not told.')
})

test('two thousand models stay quick: some are shown, and a name finds the others', async ({
  stage: { page, open },
}) => {
  await open('two-thousand-models', 'models')
  const rows = region(page, 'LiteLLM').getByRole('listitem')
  // 50 of each kind.
  await expect(rows).toHaveCount(100)
  await expect(region(page, 'LiteLLM')).toContainText('50 of 1,950 models are shown')
  await region(page, 'LiteLLM').getByRole('button', { name: '100 more' }).click()
  await expect(rows).toHaveCount(200)
  await page.getByRole('searchbox').fill('model-1999')
  await expect(rows).toHaveCount(1)
  await expect(region(page, 'LM Studio')).toBeHidden()
  await accessible(page)
})

test('behind a gateway a model is kept by requests, once a person has read what they cost', async ({
  stage: { page, open },
}) => {
  await open('two-thousand-models', 'models')
  await page.getByRole('searchbox').fill('model-1999')
  await page.getByRole('button', { name: /^Keep .* warm by requests$/ }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('each of them is billed')
  await accessible(page)
  const sent = page.waitForRequest((r) => r.method() === 'PUT' && r.url().endsWith('/api/keep'))
  await dialog.getByRole('button', { name: 'Keep by requests' }).click()
  expect((await sent).postDataJSON()).toMatchObject({ ask: true })
  await expect(dialog).toBeHidden()
})

test('takes what servers say for text', async ({ stage: { page, open } }) => {
  for (const place of ['models', 'now']) {
    await open('hostile-servers', place)
    await expect(page.locator('main img, main script, aside img, header img')).toHaveCount(0)
    await expect(page).not.toHaveTitle('owned')
  }
})

test('fits every width', async ({ stage: { page, open } }) => {
  for (const [scene, place] of [
    ['engines', 'models'],
    ['engines', 'now'],
    ['hostile-servers', 'models'],
    ['hostile-servers', 'now'],
  ] as const) {
    await open(scene, place)
    await fitsAt(page, `${scene} ${place}`, [320, 390, 900, 1280, 2560])
  }
})
