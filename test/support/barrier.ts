/** A place where something waits until the test lets it pass. */
export class Barrier {
  open!: () => void;
  readonly passed = new Promise<void>((resolve) => (this.open = resolve));
}
