import type { Log } from '../../contracts/index.js';
import type { ConsumerRuntime } from '../../consumer/index.js';

const PATIENCE = 10_000;

/**
 * Begins when the server listens and the application is bootstrapped, in whatever order; ends once. Whoever comes second of the two learns of a
 * failed start.
 */
export class Consumption {
  private listens = false;
  private bootstrapped = false;
  private reminder: NodeJS.Timeout | undefined;
  private begun: Promise<void> | undefined;
  private ended: Promise<void> | undefined;
  private running: ConsumerRuntime | undefined;
  private preparing = false;

  /** `prepare` makes the runtime, or throws what is wrong; it is called once. */
  constructor(
    private readonly prepare: () => Promise<ConsumerRuntime | undefined>,
    private readonly log: Log,
  ) {}

  get runtime(): ConsumerRuntime | undefined {
    return this.running;
  }

  /** It has begun, and there is no runtime yet. */
  get isPreparing(): boolean {
    return this.preparing;
  }

  async listening(): Promise<void> {
    this.listens = true;
    await this.begin();
    if (!this.begun && !this.ended) {
      this.reminder = setTimeout(() => this.log.error(NOT_BOOTSTRAPPED), PATIENCE).unref();
    }
  }

  async applicationBootstrapped(): Promise<void> {
    this.bootstrapped = true;
    clearTimeout(this.reminder);
    await this.begin();
  }

  /** Drains, commits, leaves the group. Idempotent, and final. */
  end(): Promise<void> {
    clearTimeout(this.reminder);
    return (this.ended ??= Promise.resolve(this.running?.close()));
  }

  private begin(): Promise<void> {
    if (!this.listens || !this.bootstrapped || this.ended) return Promise.resolve();
    return (this.begun ??= this.start());
  }

  private async start(): Promise<void> {
    this.preparing = true;
    const runtime = await this.prepare().finally(() => (this.preparing = false));
    if (!runtime || this.ended) return;
    this.running = runtime;
    if (process.listenerCount('SIGTERM') === 0) this.log.warn(NO_SHUTDOWN_HOOKS);
    await runtime.start();
  }
}

const NOT_BOOTSTRAPPED = `Listening for ${PATIENCE / 1000} s, but the application is not bootstrapped: nothing is consumed until app.init() or app.listen()`;
const NO_SHUTDOWN_HOOKS =
  'Nobody listens to SIGTERM: the process would end without a drain. Call app.enableShutdownHooks() before the application starts';
