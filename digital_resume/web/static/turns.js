// Turns of a page: one screen's visit each. What was awaited for an earlier turn never changes what is shown now.

export class Turns {
  #current = new AbortController();

  /**
   * Begin a turn; every earlier one is over.
   * @returns {AbortSignal} aborted once a later turn begins
   */
  begin() {
    this.#current.abort();
    this.#current = new AbortController();
    return this.#current.signal;
  }
}
