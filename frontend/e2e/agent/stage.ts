// A browser page before the real agent, which watches the fake LM Studio. Both
// are the programs that make builds; each test has its own pair.

import { expect, test as base, type Page } from '@playwright/test'
import { spawn, type ChildProcess } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export { expect, type Page }

const bin = new URL('../../../bin/', import.meta.url).pathname

export const hero = 'acme/hero-8b'

/** What the fake's first model is called, and so OpenClaw's first. */
export const small = 'qwen/qwen3-0.6b'

/** What the real OpenClaw wrote, and the local model that it was recorded with. */
const records = new URL('../../../backend/source/openclaw/openclawtest/testdata/recorded/', import.meta.url).pathname
const recordedModel = 'minimax-m2.1-gs32'

interface Program {
  child: ChildProcess
  /** The words of the line that says it is ready. */
  ready: string[]
}

async function start(name: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Program> {
  const child = spawn(join(bin, name), args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (d) => (errors += d))
  for await (const line of createInterface({ input: child.stdout })) {
    const words = line.split(' ')
    if (words[0] === 'ready') return { child, ready: words.slice(1) }
  }
  throw new Error(`${name} did not start (make bin/${name}): ${errors}`)
}

async function stop(program: Program | undefined, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (!program || program.child.exitCode !== null || program.child.signalCode !== null) return
  const ended = new Promise((resolve) => program.child.once('exit', resolve))
  program.child.kill(signal)
  await ended
}

/** What the fake has in memory. */
interface Instance {
  id: string
  key: string
  /** Tokens. */
  context: number
}

/** Makes a config, of LM Studio's address and the path of OpenClaw's log. */
type ConfigText = (lmstudio: string, log: string) => string
export interface OwnConfig {
  config: ConfigText
}

/** Makes the address of another LM Studio that the agent watches instead of the fake. */
export interface OwnLMStudio {
  start: () => Promise<{ url: string; close: () => void }>
}

export class Stage {
  private fake!: Program
  private agent!: Program
  private own?: { url: string; close: () => void }
  private home = mkdtempSync(join(tmpdir(), 'pl'))
  private listen = '127.0.0.1:0'
  model = ''
  name = ''

  constructor(readonly page: Page) {}

  /** openclaw is whether it is installed, or what makes the text of its config of the server's address. */
  async begin(fakeFlags: string[], openclaw: boolean | OwnConfig, own?: OwnLMStudio): Promise<void> {
    this.fake = await start('fakelmstudio', ['-load-time', '1s', ...fakeFlags])
    this.own = await own?.start()
    if (openclaw) this.installOpenClaw(typeof openclaw === 'object' ? openclaw.config : undefined)
    await this.startAgent()
    const { items } = (await this.get('/api/models')) as {
      items: { key: string; name: string; type: string }[]
    }
    const first = items.find((m) => m.type === 'llm')
    if (!first) throw new Error('the fake has no model')
    this.model = first.key
    this.name = first.name
  }

  /** Where what the agent watches answers. */
  private get server(): string {
    return this.own?.url ?? this.fake.ready[0] ?? ''
  }

  private get env() {
    return { PILOTLIGHT_HOME: this.home, HOME: this.home }
  }

  /** Starts the agent, at the same address as before if it ran before. */
  async startAgent(): Promise<void> {
    this.agent = await start(
      'pilotlight',
      ['agent', '--no-tray', '--listen', this.listen, '--lmstudio', this.server, '--poll', '250ms'],
      this.env,
    )
    this.listen = (this.agent.ready[0] ?? '').replace('http://', '')
    await expect
      .poll(
        async () => ((await this.get('/api/models')) as { items: unknown[] }).items.length,
        'the agent lists the models',
      )
      .toBeGreaterThan(0)
  }

  async killAgent(): Promise<void> {
    await stop(this.agent, 'SIGKILL')
  }

  get url(): string {
    return `http://${this.listen}`
  }

  /** Runs the command line and answers with its JSON. */
  command(...args: string[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const child = spawn(join(bin, 'pilotlight'), [...args, '--json'], {
        env: { ...process.env, ...this.env },
      })
      let out = ''
      child.stdout.on('data', (d) => (out += d))
      child.on('close', (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(out))))
    })
  }

  private get(path: string): Promise<unknown> {
    return this.command(path.replace('/api/', ''))
  }

  async link(): Promise<string> {
    return ((await this.command('open')) as { url: string }).url
  }

  async signIn(): Promise<void> {
    await this.page.goto(await this.link())
    await expect(this.page.getByRole('heading', { level: 1 })).toBeVisible()
  }

  /** Something happens to LM Studio. */
  async happens(what: string, more: Record<string, unknown> = {}): Promise<void> {
    const res = await fetch(`${this.fake.ready[1]}/do`, {
      method: 'POST',
      body: JSON.stringify({ do: what, ...more }),
    })
    if (!res.ok) throw new Error(`${what}: ${await res.text()}`)
  }

  async instances(): Promise<Instance[]> {
    return ((await (await fetch(`${this.fake.ready[1]}/instances`)).json()) ?? []) as Instance[]
  }

  says(sentence: string | RegExp): Promise<void> {
    return expect(this.page.getByRole('heading', { level: 1 })).toContainText(sentence, { timeout: 20_000 })
  }

  async keep(): Promise<void> {
    await this.page.getByRole('button', { name: `Keep ${this.name} loaded` }).click()
  }

  get log(): string {
    return join(this.home, 'openclaw.log')
  }

  /** OpenClaw's config file. */
  get config(): string {
    return join(this.home, '.openclaw', 'openclaw.json')
  }

  readConfig(): string {
    return readFileSync(this.config, 'utf8')
  }

  /** Somebody writes the config, as an editor does. */
  writeConfig(text: string): void {
    writeFileSync(this.config, text)
  }

  /** OpenClaw's files, as a person wrote its config. */
  private installOpenClaw(text?: ConfigText): void {
    mkdirSync(join(this.home, '.openclaw'), { mode: 0o700 })
    writeFileSync(
      this.config,
      text?.(this.server, this.log) ??
        `{
  // the local one first
  agents: { defaults: {
    model: { primary: 'lmstudio/${small}', fallbacks: ['anthropic/claude-opus-4-6'] },
    models: { 'lmstudio/${small}': {}, 'anthropic/claude-opus-4-6': { alias: 'Opus' } },
  } },
  models: { providers: { lmstudio: { baseUrl: '${this.fake.ready[0]}/v1', api: 'openai-responses', models: [{ id: '${small}', name: 'Small' }] } } },
  logging: { file: '${this.log}' },
  gateway: { mode: 'local', port: 9 },
  meta: { lastTouchedVersion: '2026.9.6' },
}
`,
    )
  }

  /** OpenClaw writes down that its first model failed, and that Opus answered. */
  fellBack(run: string, error: string, reason = 'timeout', status = 408): void {
    const ids = { event: 'model_fallback_decision', runId: run, sessionId: `session-${run}` }
    const asked = { requestedProvider: 'lmstudio', requestedModel: small }
    const failed = { provider: 'lmstudio', model: small, reason, status, errorPreview: error }
    const at = new Date().toISOString()
    const line = (fields: object) =>
      JSON.stringify({
        0: '{"subsystem":"model-fallback/decision"}',
        1: { ...ids, ...asked, total: 2, fallbackConfigured: true, ...fields },
        2: 'model fallback decision',
        _meta: { date: at, logLevelName: 'WARN' },
        time: at,
      }) + '\n'
    appendFileSync(
      this.log,
      line({
        decision: 'candidate_failed',
        candidateProvider: 'lmstudio',
        candidateModel: small,
        attempt: 1,
        ...failed,
        nextCandidateProvider: 'anthropic',
        nextCandidateModel: 'claude-opus-4-6',
      }) +
        line({
          decision: 'candidate_succeeded',
          candidateProvider: 'anthropic',
          candidateModel: 'claude-opus-4-6',
          attempt: 2,
          previousAttempts: [failed],
        }),
    )
  }

  /**
   * OpenClaw 2026.9.6 writes what it wrote in a recorded run, whose local model stands
   * for the fake's first: all of its lines, with the gaps between them a tenth as long.
   */
  replays(scene: string): void {
    const lines = readFileSync(join(records, scene, '2026.9.6', 'openclaw.log.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    const times = lines.map((line) => Date.parse((JSON.parse(line) as { time: string }).time))
    const end = Math.max(...times)
    const now = Date.now()
    const text = lines.map((line, i) => {
      const at = new Date(now - (end - (times[i] ?? end)) / 10).toISOString()
      const spoken = line.replaceAll(recordedModel, small).replace(/"date":"[^"]*"/, `"date":"${at}"`)
      return spoken.replace(/"time":"[^"]*"/, `"time":"${at.replace('Z', '+00:00')}"`) + '\n'
    })
    appendFileSync(this.log, text.join(''))
  }

  async end(): Promise<void> {
    await stop(this.agent)
    this.own?.close()
    await stop(this.fake)
    rmSync(this.home, { recursive: true, force: true })
  }
}

export const test = base.extend<{
  stage: Stage
  fakeFlags: string[]
  openclaw: boolean | OwnConfig
  lmstudio: OwnLMStudio | undefined
}>({
  fakeFlags: [[], { option: true }],
  openclaw: [false, { option: true }],
  lmstudio: [undefined, { option: true }],
  stage: async ({ page, fakeFlags, openclaw, lmstudio }, use) => {
    const wrong: string[] = []
    page.on('console', (m) => {
      if (/Content Security Policy/.test(m.text())) wrong.push(m.text())
    })
    page.on('pageerror', (e) => wrong.push(e.message))
    const stage = new Stage(page)
    await stage.begin(fakeFlags, openclaw, lmstudio)
    await use(stage)
    await stage.end()
    expect(wrong, 'the page throws nothing and keeps to the content policy').toEqual([])
  },
})
