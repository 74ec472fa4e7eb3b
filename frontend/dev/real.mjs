// Pictures of what the stand-in agent does not play: the program's own demo,
// its sign-in pages, and the window's built-in page.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** @typedef {import('@playwright/test').Page} Page */
/** @typedef {(name: string) => Promise<void>} Take */

/**
 * Starts the demo in a folder of its own, on any free port.
 * @param {string} program
 */
export async function demo(program) {
  const home = mkdtempSync(join(tmpdir(), 'pl'))
  const env = { ...process.env, HOME: home, PILOTLIGHT_HOME: home, PILOTLIGHT_LISTEN: '127.0.0.1:0' }
  const child = spawn(program, ['demo', '--no-tray'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let url = ''
  for await (const line of createInterface({ input: child.stdout })) {
    url = /^ready (\S+)/.exec(line)?.[1] ?? ''
    if (url) break
  }
  if (!url) throw new Error(`${program} demo did not start`)
  const signIn = () =>
    execFileSync(program, ['open', '--print'], { env: { ...env, PILOTLIGHT_HOME: join(home, 'demo') } })
      .toString()
      .trim()
  return {
    visit: (/** @type {Page} */ page, /** @type {Take} */ take) => tour(page, url, signIn, take),
    close: async () => {
      child.kill()
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** @param {Page} page @param {string} url @param {() => string} signIn @param {Take} take */
async function tour(page, url, signIn, take) {
  await page.goto(url)
  await take('sign-in')
  await page.goto(`${new URL(url).origin}/open?code=used`)
  await take('link-used')
  await page.goto(signIn())
  for (const place of ['', 'timeline', 'fallbacks', 'models', 'config', 'doctor']) {
    await page.goto(`${new URL(url).origin}/#/${place}`)
    await page.locator('h1').first().waitFor()
    await page.waitForTimeout(1500)
    await take(place || 'now')
  }
}

const parts = fileURLToPath(new URL('../../window/page/', import.meta.url))
/** What the window says of the agent, by the name of the picture. */
const states = {
  'not-running': { state: 'down' },
  starting: { state: 'starting' },
  failed: {
    state: 'failed',
    message: 'The address 127.0.0.1:7456 is taken by another program.',
    hint: 'Stop that program, or start Pilotlight with --listen 127.0.0.1:0.',
  },
  trouble: {
    state: 'trouble',
    message: 'A program answers on its socket, but it is not Pilotlight.',
    hint: 'Look into agent.log in its state folder.',
    startable: true,
  },
}

/** @param {Page} page @param {Take} take */
export async function windowPages(page, take) {
  await page.route('http://window.test/**', async (route) => {
    const name = new URL(route.request().url()).pathname.split('/').at(-1) || 'away.html'
    const type = { html: 'text/html', css: 'text/css', js: 'text/javascript' }[name.split('.').at(-1) ?? '']
    await route.fulfill({ contentType: type, body: await readFile(join(parts, name)) })
  })
  for (const [name, state] of Object.entries(states)) {
    await page.addInitScript((told) => {
      const App = { AgentState: async () => told, StartAgent: async () => told, ShowLog: async () => {} }
      Object.assign(window, { go: { main: { App } } })
    }, state)
    await page.goto('http://window.test/')
    await page.waitForTimeout(300)
    await take(name)
  }
}
