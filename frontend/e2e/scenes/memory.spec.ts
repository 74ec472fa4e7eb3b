import { accessible, expect, test, type Page } from './play'

/** Counts what the page asks of the API for what-ifs. */
function asked(page: Page): () => number {
  let n = 0
  page.on('request', (r) => {
    if (new URL(r.url()).pathname === '/api/models/fit') n++
  })
  return () => n
}

test('shows memory as one bar against the limit, and its parts in words', async ({ stage: { page, open } }) => {
  await open('warm')
  const memory = page.getByRole('region', { name: 'Memory', exact: true })
  await expect(memory.getByRole('img')).toHaveAccessibleName(
    /^RAM, weights 120.GB, KV cache and buffers 33.GB, macOS and apps 62.GB, free 297.GB, GPU limit 464.GB of 512.GB$/,
  )
  await expect(memory.getByRole('listitem')).toHaveText([
    /weights\s+120.GB/,
    /KV cache and buffers\s+33.GB/,
    /macOS and apps\s+62.GB/,
    /free\s+297 of 512.GB/,
  ])
  await expect(memory).toContainText(/pressure\s+normal/)
})

test('shows a bar for each GPU and for RAM, and says what it cannot tell', async ({ stage: { page, open } }) => {
  await open('gpu-two')
  const memory = page.getByRole('region', { name: 'Memory', exact: true })
  await expect(memory.getByRole('img')).toHaveCount(3)
  await expect(memory.getByRole('heading', { level: 3 })).toHaveText([/^GPU 1/, /^GPU 2/, /^GPU 3/, 'RAM'])
  await expect(memory).toContainText('The GPU does not tell how its memory is used.')
  await expect(memory).toContainText(/pressure\s+critical/)
  await open('memory-little-known')
  await expect(memory).toContainText('How much of it the GPU may use is not known.')
  await expect(memory).not.toContainText('weights')
  await expect(memory).not.toContainText(/\b0.GB/)
})

test('follows each reading of the machine, and leads to the timeline', async ({ stage: { page, open } }) => {
  await open('warm')
  const hour = page.getByRole('region', { name: 'Last hour' })
  const lines = hour.locator('svg path:last-child')
  await expect(lines).toHaveCount(2)
  await expect(lines.first()).toHaveAttribute('d', /^M.*L.*M/)
  const before = await lines.last().getAttribute('d')
  await page.evaluate(() =>
    fetch('/play/sample', {
      method: 'POST',
      body: JSON.stringify({
        gpus: [{ id: 'AGXAccelerator#0', name: 'M3', vendor: 'apple', utilization: 0.91, source: 'iokit' }],
        memory: { total_bytes: 512 * 2 ** 30, used_bytes: 300 * 2 ** 30, pressure: 'warning', source: 'x' },
      }),
    }),
  )
  await expect(hour).toContainText(/GPU 91.%/)
  await expect(hour).toContainText(/RAM 300.GB/)
  await expect.poll(() => lines.last().getAttribute('d')).not.toBe(before)
  await expect(page.getByRole('region', { name: 'Memory', exact: true })).toContainText('The system is short of memory')
  for (const link of await hour.getByRole('link').all()) await expect(link).toHaveAttribute('href', '#/timeline')
})

test('says that a history only begins', async ({ stage: { page, open } }) => {
  await open('memory-little-known')
  await expect(page.getByRole('region', { name: 'Last hour' })).toContainText('Its history begins now.')
})

test('the slider moves memory by the keyboard alone, and asks for nothing while it moves', async ({
  stage: { page, open },
}) => {
  const asks = asked(page)
  await open('gpu-one', 'models')
  await page.getByRole('button', { name: 'Load MiniMax M2.1 IQ2_XXS' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('Too big.')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Change how Qwen3 Coder 30B is kept' }).click()
  const slider = dialog.getByRole('slider', { name: 'Context, in usual steps' })
  await expect(dialog.getByText('Fits.')).toBeVisible()
  const before = asks()
  await slider.focus()
  await page.keyboard.press('Home')
  await expect(dialog.getByLabel('Context length')).toHaveValue('4096')
  await expect(slider).toHaveAttribute('aria-valuetext', /^4,096 tokens: fits, takes \d+.GB$/)
  const small = await dialog.getByText(/^\d.* of 48.GB$/).innerText()
  await page.keyboard.press('ArrowRight')
  await expect(dialog.getByLabel('Context length')).toHaveValue('6144')
  await page.keyboard.press('End')
  await expect(dialog.getByLabel('Context length')).toHaveValue('262144')
  await expect(slider).toHaveAttribute('aria-valuetext', /^262,144 tokens: (fits|tight|too big), takes/)
  expect(await dialog.getByText(/^\d.* of 48.GB$/).innerText()).not.toBe(small)
  await accessible(page)
  expect(asks()).toBe(before)
})

test('the number moves the slider, and the longest that fits is one click away', async ({ stage: { page, open } }) => {
  await open('gpu-one', 'models')
  await page.getByRole('button', { name: 'Memory of Qwen3 Coder 30B' }).click()
  const panel = page.getByRole('group', { name: 'Memory of Qwen3 Coder 30B' })
  await panel.getByLabel('At a context of').fill('262144')
  await expect(panel.getByRole('slider')).toHaveAttribute('aria-valuetext', /^262,144 tokens: (tight|too big)/)
  await panel.getByRole('button', { name: /^It fits up to/ }).click()
  await expect(panel.getByText('Fits.')).toBeVisible()
  await expect(panel.getByRole('slider')).toHaveAttribute('aria-valuetext', /: fits,/)
  await accessible(page)
})

test('leaves none of eight GPUs out', async ({ stage: { page, open } }) => {
  await open('gpu-eight')
  const hour = page.getByRole('region', { name: 'Last hour' })
  for (let i = 1; i <= 8; i++) await expect(hour).toContainText(new RegExp(`GPU ${i}\\s+${(i - 1) * 11}\\s%`))
  await expect(page.getByRole('region', { name: 'Memory', exact: true }).getByRole('img')).toHaveCount(9)
})

test('says what is learned and how long cold loads took', async ({ stage: { page, open } }) => {
  await open('warm', 'models')
  await page.getByRole('button', { name: 'Memory of MiniMax M2.1', exact: true }).click()
  const panel = page.getByRole('group', { name: 'Memory of MiniMax M2.1', exact: true })
  await expect(panel).toContainText('the last 3 loads took 6 % more than reckoned')
  await expect(panel).toContainText(/41.s \(median\)/)
  await expect(panel).toContainText(/44.s \(p95\), of 2 loads/)
  await expect(page.getByText(/took 160.GB of memory, 6.% more than reckoned/)).toBeVisible()
})

test('takes the context that was tried into the dialog', async ({ stage: { page, open } }) => {
  await open('warm', 'models')
  await page.getByRole('button', { name: 'Memory of GLM 4.6' }).click()
  await page.getByRole('group', { name: 'Memory of GLM 4.6' }).getByRole('button', { name: '65k' }).click()
  await page.getByRole('button', { name: 'Load GLM 4.6' }).click()
  await expect(page.getByRole('dialog').getByLabel('Context length')).toHaveValue('65536')
})

test('says that nothing is known of a model without a size', async ({ stage: { page, open } }) => {
  await open('first-run', 'models')
  await page.getByRole('button', { name: 'Load Home-made model' }).click()
  await expect(page.getByRole('dialog')).toContainText('Whether it fits is not known: nothing tells how large it is.')
  await expect(page.getByRole('slider')).toBeHidden()
})
