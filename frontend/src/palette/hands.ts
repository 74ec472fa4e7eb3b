// What the palette's commands do.

import { actions } from '../lib/actions.svelte'
import { finder } from '../lib/finder.svelte'
import { asksFirst } from '../lib/instance'
import { live } from '../lib/live.svelte'
import { modelOf, serverOf } from '../lib/lookup'
import { theme } from '../lib/theme.svelte'
import type { Hands } from './world'

/** How long a page may take to show what it was opened for. */
const patience = 3000

export const hands: Hands = {
  go,
  show: (server, model) => {
    go('#/models')
    reveal(`[data-model="${CSS.escape(`${server}/${model}`)}"]`)
  },
  keep: (want) => actions.keep(want),
  release: () => actions.release(),
  pause: (seconds) => actions.pause(seconds),
  resume: () => actions.resume(),
  load: (server, model) => {
    // It takes minutes: how far it is, and what came of it, is shown there.
    void actions.load(server, model)
    hands.show(server, model)
  },
  unload: (server, model, instance) => {
    const { status } = live
    const [s, m] = status ? [serverOf(status, server), modelOf(status, server, model)] : []
    const i = m?.instances.find((x) => x.id === instance)
    if (!status || !s || !m || !i)
      return Promise.resolve({ code: 'not_found', message: 'It is not in memory any more.' })
    if (!asksFirst(status, s, m, i)) return actions.unload(server, instance)
    finder.unload = { server, model, instance }
  },
  theme: (value) => theme.set(value),
  look: () => {
    go('#/doctor')
    // What the doctor says, and what came of looking, is shown there.
    import('../lib/doctor.svelte').then(
      ({ doctor }) => doctor.look(),
      () => undefined,
    )
  },
}

function go(href: string): void {
  location.hash = href
}

/** Brings something into view and into focus as soon as its page shows it. */
function reveal(selector: string): void {
  const at = () => document.querySelector<HTMLElement>(`main ${selector}`)
  const show = (node: HTMLElement) => {
    // After the page has taken the focus itself.
    requestAnimationFrame(() => {
      node.tabIndex = -1
      node.focus({ preventScroll: true })
      node.scrollIntoView({ block: 'center' })
    })
  }
  const there = at()
  if (there) return show(there)
  const seen = new MutationObserver(() => {
    const node = at()
    if (!node) return
    seen.disconnect()
    show(node)
  })
  seen.observe(document.body, { childList: true, subtree: true })
  setTimeout(() => seen.disconnect(), patience)
}
