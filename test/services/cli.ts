import { Argument, program } from 'commander';
import { dataFolder, type ServiceName, services, serviceNames, type ServiceStatus } from './index.js';

const which = new Argument('[service...]', 'all when none is named').choices(serviceNames);
const chosen = (names: ServiceName[]) => (names.length > 0 ? names : serviceNames);

program
  .name('npm run services --')
  .description('Real services on loopback: Apache Kafka (three brokers), Redis, MariaDB, PostgreSQL.');

program
  .command('up')
  .description('start what does not run, and wait until it is ready')
  .addArgument(which)
  .action(async (names: ServiceName[]) => {
    const started = Date.now();
    tell(await services.up(chosen(names)));
    console.log(`${((Date.now() - started) / 1000).toFixed(1)} s; logs in ${dataFolder}`);
  });

program
  .command('down')
  .description('stop, and delete the data')
  .addArgument(which)
  .option('--keep-data', 'keep topics and tables for the next start')
  .action((names: ServiceName[], options: { keepData?: boolean }) => services.down(chosen(names), options));

program
  .command('status')
  .description('say what is up, and why not')
  .addArgument(which)
  .action(async (names: ServiceName[]) => tell(await services.status(chosen(names))));

await program.parseAsync();

/** One line a service; the exit code says whether all are up. */
function tell(all: ServiceStatus[]): void {
  for (const { name, up, why } of all) console.log(`${name.padEnd(9)} ${up ? 'up' : `down: ${why}`}`);
  if (all.some(({ up }) => !up)) process.exitCode = 1;
}
