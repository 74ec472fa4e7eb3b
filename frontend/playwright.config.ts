import { defineConfig } from '@playwright/test'
import { launch } from './dev/browser.mjs'

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  forbidOnly: true,
  fullyParallel: true,
  workers: 2,
  reporter: [['list']],
  // As the Makefile does with the Go tests: the first failure stays in the log, as flaky.
  retries: process.env.CI ? 1 : 0,
  // A busy machine is no failure.
  expect: { timeout: 20_000 },
  // A trace of every test costs a tenth of the time: TRACE=1 keeps those of failures.
  use: { launchOptions: launch, trace: process.env.TRACE ? 'retain-on-failure' : 'off' },
  projects: [
    // Scenes play on a stand-in agent; nothing but the built dashboard is needed.
    // A worker's tests share one page, emptied between them: a new one costs more than most tests do.
    { name: 'scenes', testMatch: 'scenes/*.spec.ts', timeout: 120_000, use: { reuseContext: true } },
    // These run the real agent before the fake LM Studio, which takes its time
    // to be believed: an agent waits before it acts on what it saw once.
    { name: 'agent', testMatch: 'agent/*.spec.ts', timeout: 120_000 },
  ],
})
