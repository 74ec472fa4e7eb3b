// The context length that a person may ask for. Pure.

import { context, count } from './format'

const usual = [8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576]

/** The lengths to offer: the usual ones below the model's most, and the most. */
export function presets(most: number | undefined): number[] {
  if (!most) return usual.slice(0, 5)
  return [...usual.filter((n) => n < most).slice(-5), most]
}

export type Wanted = { ok: true; value: number | undefined } | { ok: false; why: string }

/** Reads the field: empty leaves the choice to the server. */
export function readContext(text: string, most: number | undefined): Wanted {
  if (text.trim() === '') return { ok: true, value: undefined }
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) return { ok: false, why: 'A whole number of tokens, 32768 for example.' }
  if (most && value > most)
    return { ok: false, why: `This model takes at most ${count(most)} tokens (${context(most)}).` }
  return { ok: true, value }
}
