// What events told while a page of a list was being read. The page may be older than
// they are: whoever takes it as it is loses them until the list is read again.

export class Meanwhile<T> {
  #told: T[] | undefined

  /** A page is asked for from here on. */
  begin(): void {
    this.#told = []
  }

  /** An event told of it. */
  note(told: T): void {
    this.#told?.push(told)
  }

  /** The page is there: what it may lack, in the order that it was told. */
  end(): T[] {
    const told = this.#told ?? []
    this.#told = undefined
    return told
  }
}
