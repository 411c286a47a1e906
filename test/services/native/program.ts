import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from './process.js';

export interface Wanted {
  /** What to call it in a message. */
  name: string;
  /** Programs that must stand in one folder. */
  programs: string[];
  /** Debian packages that bring it. */
  packages: string[];
  /** Folders to look into after PATH. */
  folders?: string[];
}

/** The folder that holds all programs of `wanted`; throws with the remedy when they are not on this machine. */
export function locate(wanted: Wanted): string {
  const found = folderOf(wanted.programs, wanted.folders);
  if (found) return found;
  throw new Error(notInstalled(wanted));
}

/** As `locate`; root installs what is missing by apt-get first. */
export async function obtain(wanted: Wanted): Promise<string> {
  if (!folderOf(wanted.programs, wanted.folders) && process.getuid?.() === 0 && folderOf(['apt-get'])) {
    await install(wanted.packages).catch((error: Error) => {
      throw new Error(`${notInstalled(wanted)}. It was tried:\n${error.message}`, { cause: error });
    });
  }
  return locate(wanted);
}

function notInstalled({ name, programs, packages }: Wanted): string {
  return `${name} is not installed (looked for ${programs.join(' and ')}). Remedy: an administrator runs apt-get install ${packages.join(' ')}`;
}

/** apt-get locks its lists, so that one installation waits for the one before. */
let installed: Promise<void> = Promise.resolve();

function install(packages: string[]): Promise<void> {
  const aptGet = (...args: string[]) => run('apt-get', args, { env: { DEBIAN_FRONTEND: 'noninteractive' } });
  const packagesOnly = ['install', '-y', '--no-install-recommends', ...packages];
  const mine = installed.then(async () => {
    await aptGet(...packagesOnly).catch(() => aptGet('update').then(() => aptGet(...packagesOnly)));
  });
  installed = mine.catch(() => {});
  return mine;
}

function folderOf(programs: string[], more: string[] = []): string | undefined {
  const path = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const folders = [...path, '/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin', ...more];
  return folders.find((folder) => programs.every((program) => isProgram(join(folder, program))));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The folders `parent/<version>/below`, the highest version first. */
export function versionsUnder(parent: string, below: string): string[] {
  try {
    const versions = readdirSync(parent).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(parent, version, below));
  } catch {
    return [];
  }
}
