/** A first-in-first-out queue through its elements' own links: O(1) whatever its length, and nothing to allocate. */
export class Fifo<T extends { next: T | undefined }> {
  private head: T | undefined;
  private tail: T | undefined;

  get first(): T | undefined {
    return this.head;
  }

  add(element: T): void {
    element.next = undefined;
    if (this.tail) this.tail.next = element;
    else this.head = element;
    this.tail = element;
  }

  /** Puts an element before all others. */
  putBack(element: T): void {
    element.next = this.head;
    this.head = element;
    this.tail ??= element;
  }

  take(): T | undefined {
    const element = this.head;
    if (!element) return undefined;
    this.head = element.next;
    if (!this.head) this.tail = undefined;
    element.next = undefined;
    return element;
  }

  clear(): void {
    this.head = this.tail = undefined;
  }
}
