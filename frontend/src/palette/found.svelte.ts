// What the palette reads once when it opens: the last fallbacks and the recipes.

import { client } from '../api/client'
import type { Fallback, Recipe } from '../api/types'
import { live } from '../lib/live.svelte'

const lastFallbacks = 5

export class Found {
  fallbacks = $state.raw<Fallback[]>([])
  recipes = $state.raw<Recipe[]>([])

  /** Reads both. What cannot be read is not offered, and its place tells why. */
  read(): void {
    client.GET('/api/fallbacks', { params: { query: { limit: lastFallbacks } } }).then(
      ({ data }) => (this.fallbacks = data?.items ?? []),
      () => undefined,
    )
    if (!live.status?.openclaw?.found) return
    client.GET('/api/recipes').then(
      ({ data }) => (this.recipes = data?.items ?? []),
      () => undefined,
    )
  }
}
