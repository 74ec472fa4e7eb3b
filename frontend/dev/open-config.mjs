// Opens the Config page of a running agent again and again and prints how long it
// takes from the click to the form, as {"first_ms":N,"others_ms":[N…]}:
//
//   node dev/open-config.mjs LINK PROVIDER RUNS
//
// LINK signs in; PROVIDER is the config's last one: when its models are drawn, the
// whole form is. Before each run the dashboard is loaded anew, so that nothing of
// the page's is left; only the code of the first run has to come from the agent.

import { chromium } from '@playwright/test'
import { launch, views } from './browser.mjs'

const [link, provider, runs] = process.argv.slice(2)
if (!link || !provider || !runs) throw new Error('name a link, a provider and how many runs')

const browser = await chromium.launch(launch)
const page = await browser.newPage({ viewport: views.wide })
await page.goto(link)

/** @type {number[]} */
const took = []
for (let run = 0; run <= Number(runs); run++) {
  await page.goto(new URL('/', page.url()).href)
  await page.reload()
  await page.getByRole('link', { name: 'Config', exact: true }).first().waitFor()
  await page.waitForLoadState('networkidle').catch(() => undefined)
  took.push(
    await page.evaluate(async (wanted) => {
      const drawn = () => document.querySelector(`#config-form ul[aria-label="Models of ${wanted}"] > li`)
      const link = document.querySelector('a[href="#/config"]')
      if (!(link instanceof HTMLElement)) throw new Error('there is no link to the Config page')
      const started = performance.now()
      link.click()
      await /** @type {Promise<void>} */ (
        new Promise((done, fail) => {
          const late = setTimeout(() => fail(new Error('the form does not come')), 30_000)
          const seen = new MutationObserver(() => {
            if (!drawn()) return
            clearTimeout(late)
            seen.disconnect()
            // Drawn is when the frame with it has been shown.
            requestAnimationFrame(() => requestAnimationFrame(() => done()))
          })
          seen.observe(document.body, { childList: true, subtree: true })
        })
      )
      return performance.now() - started
    }, provider),
  )
}
await browser.close()
console.log(JSON.stringify({ first_ms: took[0], others_ms: took.slice(1) }))
