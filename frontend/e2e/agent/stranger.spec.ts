// The way of somebody who has never seen it: by what can be read and named on the
// page, partly by the keyboard alone, from the first run to a config put back.

import { expect, small, test, type Page } from './stage'

const counted = 32768

/** As a person keeps it. */
const config = (lmstudio: string, log: string) => `// our agent's models; the local one costs nothing
{
  agents: {
    defaults: {
      model: {
        primary: 'lmstudio/${small}', // at home
        fallbacks: [
          'anthropic/claude-opus-4-6', // costs money
          'anthropic/claude-sonnet-4-5', // costs less
        ],
      },
      models: {
        'lmstudio/${small}': {},
        'anthropic/claude-opus-4-6': { alias: 'Opus' },
        'anthropic/claude-sonnet-4-5': { alias: 'Sonnet' },
      },
    },
  },
  models: {
    mode: 'merge',
    providers: {
      lmstudio: {
        baseUrl: '${lmstudio}/v1', apiKey: 'sk-lm-Zk41pWq9:8fJ2nVb7Lr5XcTgYh3Ds', api: 'openai-responses',
        models: [{ id: '${small}', name: 'Small', contextWindow: ${counted}, maxTokens: 4096 }],
      },
    },
  },
  logging: { file: '${log}' },
  gateway: { mode: 'local', port: 9 },
  meta: { lastTouchedVersion: '2026.9.6' },
}
`

test.use({ openclaw: { config } })

declare global {
  interface Window {
    /** Clicks since the page was opened, those made with a key included. */
    clicks: number
    /** What a screen reader was given to read out. */
    spoken: string
  }
}

interface Row {
  id: number
  requested: string
  answered: string | null
  outcome: string
  cause: { code: string; confidence: string }
}

interface State {
  keep: { state: string; model?: string; context_length?: number }
}

/** Goes on by Tab until what has this name has the focus, as nobody but the keyboard leads there. */
async function tabTo(page: Page, name: RegExp, most = 60): Promise<void> {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab')
    const here = page.locator(':focus')
    const words = (await here.getAttribute('aria-label')) ?? (await here.textContent()) ?? ''
    if (name.test(words.replace(/\s+/g, ' ').trim())) return
  }
  throw new Error(`Tab does not lead to ${name} within ${most} steps`)
}

test('from the first run to a config put back', async ({ stage }) => {
  test.slow() // the whole of it, where the others take a part
  const { page } = stage
  const dialog = page.getByRole('dialog')
  const first = stage.readConfig()
  const status = async () => (await stage.command('status')) as State
  const rows = async () => ((await stage.command('fallbacks')) as { items: Row[] }).items
  await page.addInitScript(() => {
    window.clicks = 0
    window.spoken = ''
    addEventListener('click', (e) => e.isTrusted && window.clicks++, true)
    new MutationObserver((all) => {
      for (const { target, addedNodes } of all)
        if (target instanceof Element && target.closest('[aria-live]'))
          for (const node of addedNodes) window.spoken += `${node.textContent}\n`
    }).observe(document, { childList: true, subtree: true })
  })

  await test.step('is shown what was found, and is asked nothing', async () => {
    await stage.signIn()
    const found = page.getByRole('region', { name: 'Welcome. This is what was found' })
    await expect(found).toContainText(/LM Studio.*at 127\.0\.0\.1:\d+ · \d+ models/)
    await expect(found).toContainText('OpenClaw 2026.9.6')
    await expect(found).toContainText(`Asks ${stage.name} first, then Opus and Sonnet`)
    await expect(found).toContainText('with 32k context as its config counts on.')
    await expect(found.getByRole('textbox')).toHaveCount(0)
    await expect(found.getByRole('combobox')).toHaveCount(0)
    await stage.says('Nothing is kept loaded')
  })

  await test.step('keeps the model: one click until it is warm', async () => {
    await page.getByRole('switch', { name: `Keep ${stage.name} loaded` }).click()
    await stage.says(`${stage.name} is warm`)
    expect(await page.evaluate(() => window.clicks)).toBe(1)
    expect(await stage.instances()).toMatchObject([{ key: stage.model, context: counted }])
    expect((await status()).keep).toMatchObject({ state: 'warm', model: stage.model, context_length: counted })
  })

  await test.step('puts the first run away by the keyboard', async () => {
    await tabTo(page, /^Done$/)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('region', { name: /^Welcome/ })).toBeHidden()
  })

  await test.step('is told of a fallback where they are', async () => {
    // They eject it in LM Studio and forget; then somebody writes to the agent.
    await stage.happens('eject', { id: stage.model })
    await stage.says('Paused until')
    stage.replays('iii-notloaded')
    await expect(page.getByRole('region', { name: 'Fallbacks', exact: true })).toContainText('Opus answered instead of')
    await expect.poll(() => page.evaluate(() => window.spoken)).toContain('New fallback: Opus answered instead of')
  })

  await test.step('reads its story, by the keyboard', async () => {
    await page.keyboard.press('Control+3')
    await stage.says('Your agent used Opus')
    await tabTo(page, /Opus answered instead of/)
    await page.keyboard.press('Enter')
    await stage.says(`Opus answered instead of ${stage.name}`)
    await expect(page.getByText('certain', { exact: true }).first()).toBeVisible()
    await expect(page.getByRole('region', { name: 'Evidence' })).toContainText('No models loaded')
    await expect(page.getByRole('region', { name: 'What happened' })).toContainText('Opus')
    expect(await rows()).toMatchObject([
      {
        requested: `lmstudio/${small}`,
        answered: 'anthropic/claude-opus-4-6',
        outcome: 'fell_back',
        cause: { code: 'model_not_loaded', confidence: 'certain' },
      },
    ])
  })

  await test.step('mends it by the button of the story', async () => {
    await page
      .getByRole('region', { name: 'What to do' })
      .getByRole('button', { name: `Keep ${stage.name} loaded` })
      .click()
    await expect.poll(() => stage.instances(), { timeout: 30_000 }).toMatchObject([{ key: stage.model }])
    await page.keyboard.press('Control+1')
    await stage.says(`${stage.name} is warm`)
    expect(await stage.instances(), 'with the context that it was kept with').toMatchObject([{ context: counted }])
    expect((await status()).keep).toMatchObject({ state: 'warm', context_length: counted })
  })

  await test.step('edits the config: the cheaper model before the dearer one', async () => {
    await page.keyboard.press('Control+5')
    await expect(page.getByRole('textbox', { name: "The config's text" })).toContainText('costs money')
    await page.getByRole('button', { name: /^Move .*Opus.* down$/ }).press('Enter')
    const review = page.getByRole('button', { name: 'Review and save' })
    await expect(review).toBeEnabled() // once the agent has made the edit in the text
    await review.press('Enter')
    await expect(dialog).toContainText('1 line added, 1 removed.')
    expect(stage.readConfig(), 'nothing is written before it was looked at').toBe(first)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toBeHidden()
    const after = stage.readConfig()
    const lines = (text: string) => text.split('\n').map((l) => l.trim())
    expect(after).not.toBe(first)
    expect(lines(after).sort(), 'the same lines in another order').toEqual(lines(first).sort())
    expect(after.indexOf("'anthropic/claude-sonnet-4-5', // costs less")).toBeLessThan(after.indexOf('// costs money'))
    await page.keyboard.press('Control+1')
    await expect(page.getByRole('region', { name: 'Who answers' })).toContainText(/Sonnet.*Opus/)
  })

  await test.step('puts the first version back, to the byte', async () => {
    await page.keyboard.press('Control+5')
    const versions = page.getByRole('region', { name: 'Earlier versions' }).getByRole('listitem')
    await expect(versions).toHaveCount(2)
    await versions.filter({ hasText: 'as it was found' }).getByRole('button', { name: 'Put back…' }).click()
    await expect(dialog.getByRole('region', { name: 'What putting it back changes' })).toContainText('costs money')
    await dialog.getByRole('button', { name: 'Put it back', exact: true }).press('Enter')
    await expect(dialog).toBeHidden()
    expect(stage.readConfig()).toBe(first)
  })

  await test.step('and all of it is still so after a crash', async () => {
    await stage.killAgent()
    await stage.startAgent()
    expect((await status()).keep).toMatchObject({ model: stage.model, context_length: counted })
    expect((await rows()).map((r) => r.cause.code)).toEqual(['model_not_loaded'])
    expect(stage.readConfig()).toBe(first)
    await page.keyboard.press('Control+1')
    await stage.says(`${stage.name} is warm`)
    await expect(page.getByRole('region', { name: /^Welcome/ })).toBeHidden()
    expect(await stage.instances(), 'no second copy').toHaveLength(1)
  })
})
