// Shows the placeholder of a secret as dots, as one thing that the cursor steps
// over. The secret itself is not in the text.

import { Decoration, EditorView, MatchDecorator, ViewPlugin, WidgetType, type DecorationSet } from '@codemirror/view'
import { dots, secretMark } from '../../lib/config-secrets'

class Dots extends WidgetType {
  override eq(): boolean {
    return true
  }

  toDOM(): HTMLElement {
    const span = document.createElement('span')
    span.className = 'cm-secret'
    span.textContent = dots
    span.title = 'A secret, which stays in the file as it is. Write another in its place to change it.'
    return span
  }

  override ignoreEvent(): boolean {
    return false
  }
}

const matcher = new MatchDecorator({
  regexp: new RegExp(secretMark),
  decoration: Decoration.replace({ widget: new Dots() }),
})

export const secrets = ViewPlugin.define(
  (view) => ({
    dots: matcher.createDeco(view) as DecorationSet,
    update(u) {
      this.dots = matcher.updateDeco(u, this.dots)
    },
  }),
  {
    decorations: (plugin) => plugin.dots,
    provide: (plugin) => EditorView.atomicRanges.of((view) => view.plugin(plugin)?.dots ?? Decoration.none),
  },
)
