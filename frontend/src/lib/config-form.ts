// What the form's choices become: wishes, each with its words. Pure.

import type { ConfigEdit, ConfigForm, ConfigProvider, ConfigWish } from '../api/types'
import type { Entry } from './config-picker'

/** A change of the form: wishes in its words, and single values. */
export interface Change {
  wishes?: ConfigWish[]
  edits?: ConfigEdit[]
}

/** Makes a model that is only on a server known to the config, ahead of what uses it. */
export function knownFirst(entry: Entry, use: ConfigWish): ConfigWish[] {
  const { add } = entry
  if (!add) return [use]
  const model = {
    provider: add.provider,
    id: add.id,
    name: add.name,
    ...(add.context ? { context_window: add.context, ...answer(add.context) } : {}),
  }
  return [{ add_model: model }, use]
}

/** The usual greatest answer, where it leaves room for the prompt. */
function answer(window: number): { max_tokens?: number } {
  return window > 2 * usualAnswer ? { max_tokens: usualAnswer } : {}
}

const usualAnswer = 8192

/** Whether a name is among what is tried already, the primary included. */
export function isTried(form: ConfigForm, name: string): boolean {
  return form.primary === name || form.fallbacks.includes(name)
}

/** Reads a number of tokens; undefined of what is none. */
export function readTokens(text: string): number | undefined {
  const plain = text.trim().replace(/[,_\s]/g, '')
  const [, digits, unit] = /^(\d{1,9})(k?)$/i.exec(plain) ?? []
  if (!digits) return undefined
  const n = Number(digits) * (unit ? 1024 : 1)
  return n >= 1 && n <= 100_000_000 ? n : undefined
}

/** How a provider's key is given, after its dots or its name. */
export function keyWords(p: ConfigProvider): string {
  switch (p.key_kind) {
    case 'text':
      return 'in the file; it never comes here'
    case 'env':
      return 'an environment variable of OpenClaw'
    case 'ref':
      return p.key_name ? 'a reference' : 'a reference to where OpenClaw finds it'
    default:
      return 'none in the config'
  }
}

export const apis = ['openai-responses', 'openai-completions', 'anthropic-messages', 'google-generative-ai'] as const

/** The edits and wishes that give a provider what the dialog says. */
export function providerChange(
  before: ConfigProvider | undefined,
  wanted: { id: string; url: string; api: string; env: string },
): Change {
  const id = wanted.id.trim()
  const url = wanted.url.trim()
  const provider = { id, ...(url ? { base_url: url } : {}), ...(wanted.api ? { api: wanted.api } : {}) }
  const env = wanted.env.trim()
  if (!before) return { wishes: [{ provider: { ...provider, ...(env ? { key_env: env } : {}) } }] }
  // A wish leaves a key that is there alone; here the person wants another.
  const edits = env && env !== before.key_name ? [{ path: `${before.path}.apiKey`, value: `\${${env}}` }] : []
  return { wishes: [{ provider }], ...(edits.length > 0 ? { edits } : {}) }
}

export type Wrong = Partial<Record<'id' | 'url' | 'env', string>>

/** What of the dialog cannot be so. */
export function providerWrong(wanted: { id: string; url: string; env: string }, taken: string[]): Wrong {
  const wrong: Wrong = {}
  const id = wanted.id.trim()
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(id)) wrong.id = 'Letters, digits, dots and dashes.'
  else if (taken.some((t) => t.toLowerCase() === id.toLowerCase())) wrong.id = 'There is one of this name.'
  const url = wanted.url.trim()
  if (!/^https?:\/\/[^\s/]+/.test(url)) wrong.url = 'Write it like http://127.0.0.1:1234/v1.'
  const env = wanted.env.trim()
  if (env && !/^[A-Z_][A-Z0-9_]*$/.test(env))
    wrong.env = 'The name of a variable, in capitals: MY_API_KEY. The key itself does not belong here.'
  return wrong
}
