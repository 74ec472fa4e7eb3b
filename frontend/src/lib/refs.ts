// Names for OpenClaw's "provider/model" references. Pure.

import type { Status } from '../api/types'
import { modelOf } from './lookup'

// How makers write what their references have in small letters.
const spellings: Record<string, string> = {
  ai: 'AI',
  deepseek: 'DeepSeek',
  fp8: 'FP8',
  gguf: 'GGUF',
  glm: 'GLM',
  gpt: 'GPT',
  lmstudio: 'LM Studio',
  minimax: 'MiniMax',
  mlx: 'MLX',
  moonshotai: 'Moonshot AI',
  openai: 'OpenAI',
  openrouter: 'OpenRouter',
  oss: 'OSS',
  vllm: 'vLLM',
  xai: 'xAI',
}

/** The provider of a reference, before its first slash. */
export function providerOf(ref: string): string {
  const slash = ref.indexOf('/')
  return slash < 0 ? '' : ref.slice(0, slash)
}

/** A provider as people write it. */
export function providerName(provider: string): string {
  return spellings[provider.toLowerCase()] ?? word(provider)
}

/**
 * What to call a model: the name that its server gives it, else the alias of
 * OpenClaw's config, else its reference made readable.
 */
export function refName(ref: string, status: Status | null): string {
  const hop = status?.openclaw?.chain.find((h) => h.ref === ref)
  const known = status && hop?.server && hop.key ? modelOf(status, hop.server, hop.key)?.name : undefined
  return known || hop?.alias || listedName(ref, status) || readable(ref)
}

/** Names two models apart: of two that are called alike, each says where it is. */
export function pairNames(a: string, b: string, status: Status | null): [string, string] {
  const names: [string, string] = [refName(a, status), refName(b, status)]
  if (names[0] !== names[1] || a === b) return names
  if (providerOf(a) === providerOf(b)) return [a, b]
  return [`${names[0]} (${providerName(providerOf(a))})`, `${names[1]} (${providerName(providerOf(b))})`]
}

/** The name of a model that a server lists under the very same key. */
function listedName(ref: string, status: Status | null): string | undefined {
  const key = ref.slice(ref.indexOf('/') + 1)
  return status?.servers.flatMap((s) => s.models).find((m) => m.key === key)?.name
}

/** "anthropic/claude-opus-4-6" as "Claude Opus 4.6". */
export function readable(ref: string): string {
  const last = ref.slice(ref.lastIndexOf('/') + 1)
  const parts = last
    // A day of release tells a person nothing.
    .replace(/[-@](?:20\d{6}|20\d\d-\d\d-\d\d)(?=$|[-:])/, '')
    // A version number, whose dot many references cannot hold.
    .replace(/(?<=^|[-_])(\d{1,2})-(\d{1,2})(?=$|[-_:])/g, '$1.$2')
    .split(/[-_]+/)
    .filter(Boolean)
  return parts.map(word).join(' ') || ref
}

function word(part: string): string {
  const known = spellings[part.toLowerCase()]
  if (known) return known
  // A size, "30b" or "a3b", perhaps with a tag after it.
  const size = /^[a-z]?\d+(\.\d+)?b(?=$|:)/i.exec(part)?.[0]
  if (size) return size.toUpperCase() + part.slice(size.length)
  return part.charAt(0).toUpperCase() + part.slice(1)
}
