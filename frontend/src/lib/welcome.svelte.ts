// Whether what a first start offers is to be shown. Asked once a page, and only
// while nothing is kept; the answer comes before the page under it is drawn, so
// that nothing moves when it does.

import type { Component } from 'svelte'
import { client } from '../api/client'
import type { Status } from '../api/types'
import { actions } from './actions.svelte'

/** How long the page waits for the answer; what comes later moves it. */
const patience = 1000

class Welcome {
  /** Whether the page under it may be drawn. */
  settled = $state(false)
  /** The panel, while it is to be shown. */
  Panel = $state.raw<Component<{ status: Status; ondone: () => void }> | undefined>()
  #asked = false

  /** For an effect of Now: asks where that is called for. */
  look(off: boolean): void {
    if (!off || this.#asked) {
      this.settled ||= !off
      return
    }
    this.#asked = true
    if (this.settled) return
    const late = setTimeout(() => (this.settled = true), patience)
    void this.#ask().then((panel) => {
      clearTimeout(late)
      this.Panel = panel
      this.settled = true
    })
  }

  /** Puts the panel away. */
  end(): void {
    this.Panel = undefined
  }

  /** The panel, where nothing was ever kept and nobody has put it away. */
  async #ask(): Promise<Welcome['Panel']> {
    if (actions.last) return undefined
    try {
      const [settings, kept, panel] = await Promise.all([
        client.GET('/api/settings'),
        client.GET('/api/loads', { params: { query: { cause: 'keep_warm', limit: 1 } } }),
        import('../welcome/Panel.svelte'),
      ])
      if (!settings.data || settings.data.welcomed || kept.data?.items.length !== 0) return undefined
      return panel.default
    } catch {
      return undefined
    }
  }
}

export const welcome = new Welcome()
