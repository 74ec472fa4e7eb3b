// What commands are made of, and what they do. Pure.

import type { Fallback, Problem, Recipe, Status } from '../api/types'
import type { Want } from '../lib/actions.svelte'
import type { Entry } from '../lib/palette'
import type { Theme } from '../lib/theme.svelte'

/** What came of a command that the palette waits for; nothing of one that it does not. */
export type Outcome = Promise<Problem | undefined> | void

export interface Command extends Entry {
  run: () => Outcome
}

/** What commands are made of. */
export interface World {
  status: Status | null
  /** Whether Pilotlight answers, so that anything can be asked of it. */
  live: boolean
  now: number
  /** What was kept last, where nothing is now. */
  last: Want | null
  /** A change of the keep is under way. */
  changing: boolean
  fallbacks: Fallback[]
  recipes: Recipe[]
  theme: Theme
  /** How a shortcut is written here. */
  chord: (key: string) => string
}

/** What commands do. */
export interface Hands {
  go: (href: string) => void
  /** Opens the Models page at a model. */
  show: (server: string, model: string) => void
  keep: (want: Want) => Outcome
  release: () => Outcome
  pause: (seconds?: number) => Outcome
  resume: () => Outcome
  load: (server: string, model: string) => void
  /** Unloads, after a question where that could cut somebody off. */
  unload: (server: string, model: string, instance: string) => Outcome
  theme: (theme: Theme) => void
  /** Opens the doctor and looks at everything anew. */
  look: () => void
}

/** Why nothing can be asked of Pilotlight now; undefined while it answers. */
export function deaf(world: World): string | undefined {
  if (!world.live) return 'Pilotlight does not answer now.'
  return world.changing ? 'Pilotlight is still busy with the last change of the keep.' : undefined
}
