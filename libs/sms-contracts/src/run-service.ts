import { EnvironmentError } from './environment.js';

/** The body of a `main.ts`. A service that cannot start says why and ends with exit code 1. */
export async function runService(start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    console.error(error instanceof EnvironmentError ? error.message : error);
    process.exit(1);
  }
}
