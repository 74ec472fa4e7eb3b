// What the rest of the page asks of the text editor, which comes later and in a
// file of its own.

interface Editor {
  undo: () => void
  redo: () => void
  show: (line: number, column: number) => void
}

export const hands = $state<{ editor: Editor | undefined; undo: number; redo: number; tab: 'form' | 'text' }>({
  editor: undefined,
  undo: 0,
  redo: 0,
  /** What a narrow window shows. */
  tab: 'form',
})

/** Shows a place of the text, also where only the form is in sight. */
export function showInText(line: number, column = 1): void {
  hands.tab = 'text'
  // The tab must be in the page before the editor can scroll.
  requestAnimationFrame(() => hands.editor?.show(line, column))
}
