/** The steps of one burial, over all its tries: what has succeeded is not done again, and what is still under way is waited for. */
export class Burial {
  private readonly steps = new Map<unknown, Promise<void>>();

  step(key: unknown, work: () => Promise<void>): Promise<void> {
    let step = this.steps.get(key);
    if (!step) {
      step = work();
      this.steps.set(key, step);
      step.catch(() => this.steps.delete(key));
    }
    return step;
  }
}
