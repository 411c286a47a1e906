/** What is told of an error: never its fields, which may hold what belongs to nobody else. */
export interface ErrorText {
  /** Its class, or what was thrown instead of an error. */
  readonly name: string;
  readonly message: string;
  /** Its stack, and those of what it was caused by. Empty where it has none. */
  readonly stack: string;
}

const DEEPEST = 10;

/** Anything may be thrown, and may itself throw when it is looked at. */
export function errorText(error: unknown): ErrorText {
  try {
    if (!(error instanceof Error)) return { name: typeof error, message: String(error), stack: '' };
    const name = error.name === 'Error' ? error.constructor.name : error.name;
    return { name: String(name), message: String(error.message), stack: stackOf(error) };
  } catch {
    return { name: typeof error, message: 'it cannot be told', stack: '' };
  }
}

function stackOf(error: Error): string {
  const stacks: string[] = [];
  for (let at: unknown = error; at instanceof Error && stacks.length < DEEPEST; at = at.cause) {
    stacks.push(String(at.stack ?? at));
  }
  return stacks.join('\nCaused by: ');
}
