import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../services/folders.js';

/**
 * Installs the packages of this folder, unless they are there: apart from the root's, because one of them is compiled and the others ask for
 * versions of their own. Nothing but the registry is needed: what is built is built from the sources in the package, without its install script,
 * which would look for a binary elsewhere first. It is kept outside of the tree for the next installation.
 */
const folder = import.meta.dirname;
const modules = join(folder, 'node_modules');
const stamp = join(modules, '.installed');
const build = `${process.platform}-${process.arch}-abi${process.versions.modules}`;
const wanted = `${createHash('sha256')
  .update(readFileSync(join(folder, 'package-lock.json')))
  .digest('hex')} ${build}`;

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  npm(folder, 'ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund');
  compiled(join(modules, 'better-sqlite3'), 'build/Release/better_sqlite3.node');
  writeFileSync(stamp, wanted);
}

function compiled(home: string, binary: string): void {
  const { name, version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const kept = join(cacheFolder, `${name}-${version}-${build}.node`);
  if (existsSync(kept)) {
    mkdirSync(dirname(join(home, binary)), { recursive: true });
    copyFileSync(kept, join(home, binary));
    return;
  }
  console.log(`compiling ${name} ${version}, which takes a minute or two`);
  npm(home, 'run', 'build-release', ...headers());
  mkdirSync(cacheFolder, { recursive: true });
  copyFileSync(join(home, binary), `${kept}.${process.pid}`);
  renameSync(`${kept}.${process.pid}`, kept);
}

/** Node's own headers, where they were installed with it; else they are downloaded. */
function headers(): string[] {
  const home = dirname(dirname(process.execPath));
  return existsSync(join(home, 'include/node/node.h')) ? ['--', `--nodedir=${home}`] : [];
}

function npm(cwd: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`npm ${args.join(' ')}\n${stdout}\n${stderr}`);
}
