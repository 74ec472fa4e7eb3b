// What a chart draws, apart from how.

import type { Column } from '../api/types'
import type { Stretch } from '../lib/timeline-samples'
import type { Colour } from './colours'

export interface Line {
  mean: Column
  min: Column
  max: Column
  colour: Colour
  dash?: number[]
  /** The ground below it is tinted. */
  filled?: boolean
  /** A limit: no band, and drawn lighter. */
  limit?: boolean
}

export interface Picture {
  xs: number[]
  lines: Line[]
  /** The upper end of the axis; the lower is 0. */
  top: number
  /** A strip below the chart. */
  strip?: Stretch[]
}

/** Pixels above the upper end of the axis, and below the lower one. */
export const headOf = 2
export const footOf = (p: Picture) => (p.strip ? 15 : 1)
