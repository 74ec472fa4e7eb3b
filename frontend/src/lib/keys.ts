// How keys are named on the machine that the page is shown on.

export const mac = /Mac|iPhone|iPad/.test(navigator.platform)

/** A shortcut as it is written here: "⌘K", "Ctrl K". */
export function chord(key: string): string {
  return mac ? `⌘${key}` : `Ctrl ${key}`
}
