import { cp, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { install, run } from './npm.js';
import { packLibrary, type Tarball } from './tarball.js';

const MINUTES = 60_000;

const PROBES = `
import { Controller, Get } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { ReliableKafkaHealthIndicator } from 'nestjs-reliable-kafka/terminus';

@Controller()
export class ProbesController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly kafka: ReliableKafkaHealthIndicator,
  ) {}

  @Get('ready')
  @HealthCheck()
  ready(): Promise<HealthCheckResult> {
    return this.checks.check([() => this.kafka.isHealthy('kafka', { yellowIsUp: false })]);
  }

  @Get('alive')
  @HealthCheck()
  alive(): Promise<HealthCheckResult> {
    return this.checks.check([() => this.kafka.isAlive('kafka')]);
  }
}
`;

let workshop: string;
let tarball: Tarball;

beforeAll(async () => {
  workshop = await realpath(await mkdtemp(join(tmpdir(), 'reliable-kafka-packaging-')));
  tarball = await packLibrary(workshop);
}, 3 * MINUTES);

afterAll(() => rm(workshop, { recursive: true, force: true }));

async function applicationFrom(name: string): Promise<string> {
  const folder = join(workshop, name);
  await cp(join(import.meta.dirname, name), folder, {
    recursive: true,
    filter: (path) => !/\/(node_modules|dist)$/.test(path),
  });
  await install(folder, 'ci');
  await install(folder, 'install', '--no-save', tarball.path);
  return folder;
}

describe('the tarball', () => {
  it('carries the README, the license and the changelog of the repository', () => {
    expect(tarball.files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'CHANGELOG.md', 'package.json']));
  });

  it('carries both builds and their sources, and neither tests nor what the compiler keeps for itself', () => {
    const kinds = new Set(
      tarball.files.map((path) =>
        path
          .split('/')
          .slice(0, 2)
          .join('/')
          .replace(/^src\/.*/, 'src'),
      ),
    );
    expect([...kinds].sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist/cjs', 'dist/esm', 'package.json', 'src'].sort(),
    );
    expect(tarball.files.filter((path) => /\.(spec|typetest)\.|tsbuildinfo/.test(path))).toEqual([]);
  });
});

describe.each([
  { name: 'nest12-app', of: 'Nest 12, ESM, vitest', terminus: '@nestjs/terminus@12', yellow: 'degraded' },
  { name: 'nest11-app', of: 'Nest 11, CommonJS, jest', terminus: '@nestjs/terminus@11', yellow: 'up' },
])('an application as `nest new` makes it ($of)', ({ name, terminus, yellow }) => {
  let folder: string;
  beforeAll(async () => {
    folder = await applicationFrom(name);
  }, 3 * MINUTES);

  it(
    'type-checks',
    async () => {
      await run(folder, 'npm', 'run', 'typecheck');
    },
    2 * MINUTES,
  );

  it(
    'runs a decorated handler on EmbeddedKafka, in a test of its own',
    async () => {
      await run(folder, 'npm', 'test');
    },
    2 * MINUTES,
  );

  it(
    'loads the package by import and by require, and both speak of the same things',
    async () => {
      const script = `
        const { createRequire } = await import('node:module');
        const required = createRequire(process.cwd() + '/x.js');
        for (const name of ['nestjs-reliable-kafka', 'nestjs-reliable-kafka/testing']) {
          const imported = await import(name);
          if (Object.keys(imported).join() !== Object.keys(required(name)).sort().join()) throw new Error(name);
        }
        const { PARTITION, RELIABLE_KAFKA_OPTIONS, reliableKafka } = await import('nestjs-reliable-kafka');
        const theirs = required('nestjs-reliable-kafka');
        console.log(
          theirs.PARTITION === PARTITION,
          theirs.RELIABLE_KAFKA_OPTIONS === RELIABLE_KAFKA_OPTIONS,
          theirs.reliableKafka('audit') === reliableKafka('audit'),
        );`;
      expect((await run(folder, 'node', '--input-type=module', '--eval', script)).trim()).toBe('true true true');
    },
    MINUTES,
  );

  it(
    'loads TypeORM and terminus with the entries that are about them, and with no other',
    async () => {
      const script = `
        const { createRequire } = await import('node:module');
        const required = createRequire(process.cwd() + '/x.js');
        for (const name of ['redis', 'typeorm', 'terminus'].map((entry) => 'nestjs-reliable-kafka/' + entry)) {
          const imported = await import(name).catch(({ message }) => ({ [message.split(' imported')[0]]: true }));
          const names = Object.keys(imported).join();
          console.log(/package/.test(names) ? names : names === Object.keys(required(name)).sort().join());
        }`;
      const entries = () => run(folder, 'node', '--input-type=module', '--eval', script);
      expect(await entries()).toBe("true\nCannot find package 'typeorm'\nCannot find package '@nestjs/terminus'\n");
      await install(folder, 'install', '--no-save', tarball.path, 'typeorm@1', terminus);
      expect(await entries()).toBe('true\ntrue\ntrue\n');
    },
    2 * MINUTES,
  );

  it(
    'type-checks probes on terminus, and runs them with either build of the package',
    async () => {
      await writeFile(join(folder, 'src/probes.controller.ts'), PROBES);
      await run(folder, 'npm', 'run', 'typecheck');
      const script = `
        const { createRequire } = await import('node:module');
        const required = createRequire(process.cwd() + '/x.js');
        await import('reflect-metadata');
        const { NestFactory } = await import('@nestjs/core');
        const { ReliableKafkaModule } = await import('nestjs-reliable-kafka');
        const kafka = ReliableKafkaModule.forRoot({ client: { brokers: ['127.0.0.1:1'] }, consumer: { groupId: 'g' } });
        const yellow = { health: () => ({ status: 'yellow', reasons: [], more: 0 }) };
        for (const entry of [await import('nestjs-reliable-kafka/terminus'), required('nestjs-reliable-kafka/terminus')]) {
          for (const more of [
            { imports: [kafka] },
            { providers: [{ provide: Symbol.for('nestjs-reliable-kafka:health'), useValue: yellow }] },
          ]) {
            const imports = [entry.ReliableKafkaTerminusModule, ...(more.imports ?? [])];
            const root = { module: class App {}, ...more, imports };
            const app = await NestFactory.createApplicationContext(root, { logger: false });
            const { kafka } = await app.get(entry.ReliableKafkaHealthIndicator).isHealthy('kafka');
            console.log(kafka.health, kafka.status);
            await app.close();
          }
        }`;
      const told = await run(folder, 'node', '--input-type=module', '--eval', script);
      expect(told).toBe(`red down\nyellow ${yellow}\n`.repeat(2));
    },
    2 * MINUTES,
  );
});

it(
  'ioredis may be 5 or 6, and nothing before',
  async () => {
    const folder = join(workshop, 'nest12-app');
    const plan = (version: string) =>
      install(folder, 'install', '--package-lock-only', tarball.path, `ioredis@${version}`);
    for (const version of ['5.11.1', '6.0.0']) {
      await plan(version);
      expect(await run(folder, 'npm', 'ls', '--package-lock-only', 'ioredis')).toContain(`ioredis@${version}`);
    }
    await expect(plan('4.28.5')).rejects.toThrow('ERESOLVE');
  },
  2 * MINUTES,
);

it(
  'types are found by the resolution that TypeScript calls node10, which reads no `exports`',
  async () => {
    const flags = ['--module', 'commonjs', '--moduleResolution', 'node10', '--resolvePackageJsonExports', 'false'];
    await run(join(workshop, 'nest11-app'), 'npx', 'tsc', '--noEmit', ...flags);
  },
  2 * MINUTES,
);
