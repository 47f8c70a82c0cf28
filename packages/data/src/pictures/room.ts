/** Lets in as many as have room together; the others wait, in the order of their coming. */
export class Room {
  #left: number;
  readonly #waiting: { readonly size: number; readonly enter: () => void }[] = [];

  constructor(size: number) {
    this.#left = size;
  }

  /** @param size at most that of the whole */
  async enter(size: number): Promise<void> {
    if (this.#waiting.length === 0 && size <= this.#left) {
      this.#left -= size;
      return;
    }
    await new Promise<void>((enter) => this.#waiting.push({ size, enter }));
  }

  leave(size: number): void {
    this.#left += size;
    for (let next = this.#waiting[0]; next && next.size <= this.#left; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#left -= next.size;
      next.enter();
    }
  }
}
