// Whether something waits to be saved. Apart from what waits, so that the shell
// can show it without loading the page that it waits on.

export const unsaved = $state({ config: false })
