// The colour theme. public/theme.js sets it before the first paint; this keeps
// it right afterwards.

export type Theme = 'auto' | 'light' | 'dark'

const key = 'pilotlight.theme'

function kept(): Theme {
  try {
    const value = localStorage.getItem(key)
    return value === 'light' || value === 'dark' ? value : 'auto'
  } catch {
    return 'auto'
  }
}

class ThemeChoice {
  value = $state<Theme>(kept())
  #dark = matchMedia('(prefers-color-scheme: dark)')

  start(): void {
    this.#dark.addEventListener('change', () => this.#apply())
    this.#apply()
  }

  set(value: Theme): void {
    this.value = value
    try {
      localStorage.setItem(key, value)
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
    this.#apply()
  }

  #apply(): void {
    const dark = this.value === 'dark' || (this.value === 'auto' && this.#dark.matches)
    document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  }
}

export const theme = new ThemeChoice()
