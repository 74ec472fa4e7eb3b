// Tells the agent that a person has looked at the fallbacks, once for each
// that is new.

import { createSubscriber } from 'svelte/reactivity'
import { client } from '../api/client'
import { live } from './live.svelte'

const turned = createSubscriber((update) => {
  document.addEventListener('visibilitychange', update)
  return () => document.removeEventListener('visibilitychange', update)
})

let told: number | undefined

/** For an effect of what shows fallbacks: posts when one is new and the page is seen. */
export function see(): void {
  turned()
  const status = live.status
  const newest = status?.last_fallback?.id
  if (document.hidden || live.link !== 'live' || !status?.fallback_unseen || newest === undefined) return
  if (told === newest) return
  told = newest
  client.POST('/api/fallbacks/seen').then(
    ({ response }) => {
      if (response.ok) live.applySeen(newest)
    },
    () => {
      // The mark stays; the next state that says so tries again.
      if (told === newest) told = undefined
    },
  )
}
