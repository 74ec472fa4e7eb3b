// Folds long lists of the form to what matters: a config may name hundreds of
// models, and nobody edits them all. Pure.

/** Lists with more than this are folded. */
export const foldAt = 24

/**
 * What of a list is shown at first: all of a short one (where `many`, counted over
 * all lists of a kind, says so), else what matters, and of that no more than would
 * have been shown unfolded.
 */
export function folded<T>(list: T[], many: boolean, matters: (item: T) => boolean): T[] {
  return many ? list.filter(matters).slice(0, foldAt) : list
}
