// Whether the palette is open, and what it asked to be confirmed. Apart from the
// palette, so that the shell can open it without loading it.

export const finder = $state<{
  open: boolean
  /** What was typed into the palette before it was there. */
  ahead: string
  /** The instance that is to be unloaded once a person said so. */
  unload?: { server: string; model: string; instance: string }
}>({ open: false, ahead: '' })
