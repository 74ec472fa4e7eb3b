// The typed client of the agent's API. The types come from its OpenAPI
// document: run `npm run api` after it changed.

import createClient from 'openapi-fetch'
import { usableHint } from '../lib/words'
import type { paths } from './schema'
import type { Problem } from './types'

export const client = createClient<paths>({ baseUrl: '/' })

/** What every call gives: its data, or what went wrong. */
export interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** What a person can be told of a failed call; undefined when it went well. */
export function problemOf(answer: Answer<unknown>): Problem | undefined {
  if (answer.response.ok) return undefined
  const p = (typeof answer.error === 'object' && answer.error !== null ? answer.error : {}) as Record<string, unknown>
  const text = (key: string) => (typeof p[key] === 'string' && p[key] !== '' ? p[key] : undefined)
  return {
    code: text('code') ?? (answer.response.status === 401 ? 'unauthorized' : 'internal'),
    message: text('detail') ?? text('title') ?? `Pilotlight answered with the status ${answer.response.status}.`,
    hint: usableHint(text('hint')),
  }
}
