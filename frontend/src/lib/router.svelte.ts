// Which place of the dashboard is open.

import { parse, places, type Route } from './places'

class Router {
  route = $state.raw<Route>(parse(location.hash))
  /** What of the place is open, for the title of the page; the place itself while undefined. */
  title = $state<string | undefined>()

  start(): void {
    addEventListener('hashchange', () => {
      this.route = parse(location.hash)
    })
    addEventListener('keydown', (e) => {
      if (!(e.metaKey || e.ctrlKey) || e.altKey || e.shiftKey) return
      const entry = places[Number(e.key) - 1]
      if (!entry) return
      e.preventDefault()
      location.hash = entry.href
    })
  }
}

export const router = new Router()
