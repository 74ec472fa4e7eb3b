// Forms in dialogs: what a person is led to when they cannot go on.

import { tick } from 'svelte'

/** Puts the cursor into the first field of a form that is marked as wrong, once it is marked. */
export async function toFirstWrong(form: EventTarget | null): Promise<void> {
  await tick()
  if (form instanceof HTMLElement) form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
}
