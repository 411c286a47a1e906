import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API_KEY_HEADER, migrate } from 'sms-contracts';
import { request } from 'undici';
import { freePort, type Services } from '../services/index.js';
import { GatewayClient } from './gateway-client.js';
import { OperatorJournal } from './operator-journal.js';
import { STOP_NUMBER } from './phone-book.js';
import { Records } from './records.js';
import { ServiceProcess } from './service-process.js';

export interface PlatformOptions {
  /** Milliseconds that the operator takes for a message. */
  readonly latency: number;
  /** Share of calls to the operator that fail. */
  readonly failureRate: number;
  /** Messages that the dispatcher has in flight at first. */
  readonly concurrency: number;
}

/** Who may call the gateway: `main` for the run that is judged, `sample` for what is only measured. */
export type ApiClient = 'main' | 'sample';

/** Gateway, dispatcher and operator, each in a process of its own, on given services. */
export class Platform {
  readonly journal: OperatorJournal;
  readonly records: Records;
  private readonly secret = randomUUID();
  private readonly supportKey = randomUUID();
  private readonly running = new Map<string, ServiceProcess>();
  private readonly clients = new Map<ApiClient, GatewayClient>();

  private constructor(
    readonly services: Services,
    private readonly options: PlatformOptions,
    private readonly ports: { gateway: number; dispatcher: number; channel: number },
    readonly logFolder: string,
  ) {
    this.journal = new OperatorJournal(local(ports.channel), this.secret);
    this.records = new Records(services.postgresUrl);
  }

  static async start(services: Services, options: PlatformOptions): Promise<Platform> {
    await migrate(services.postgresUrl);
    const [gateway, dispatcher, channel] = await Promise.all([freePort(), freePort(), freePort()]);
    const logFolder = await mkdtemp(join(tmpdir(), 'sms-demo-'));
    const platform = new Platform(services, options, { gateway, dispatcher, channel }, logFolder);
    try {
      await Promise.all([
        platform.run('sms-channel', channel, platform.channelEnv()),
        platform.startDispatcher(options.concurrency),
        platform.run('sms-gateway', gateway, platform.gatewayEnv()),
      ]);
    } catch (error) {
      await platform.stop();
      throw error;
    }
    return platform;
  }

  /** Closed by `stop()`. */
  client(owner: ApiClient): GatewayClient {
    const client = this.clients.get(owner) ?? new GatewayClient(local(this.ports.gateway), this.keyOf(owner));
    this.clients.set(owner, client);
    return client;
  }

  /**
   * A second gateway, whose work before the queue takes `before` ms, and which can also do all of it synchronously, by an
   * operator of its own that takes `after` ms.
   */
  async withComparison<T>(
    { before, after }: { before: number; after: number },
    work: (queued: GatewayClient, synchronous: GatewayClient) => Promise<T>,
  ): Promise<T> {
    const [gateway, operator] = await Promise.all([freePort(), freePort()]);
    const names = ['sms-gateway', 'sms-channel'].map((name) => `${name}-comparison`);
    await Promise.all([
      this.run(
        'sms-gateway',
        gateway,
        {
          ...this.gatewayEnv(),
          PREPROCESSING_MS: `${before}`,
          OPERATOR_URL: local(operator),
          OPERATOR_KEY: this.secret,
        },
        names[0],
      ),
      this.run('sms-channel', operator, { ...this.channelEnv(), FAILURE_RATE: '0', LATENCY_MS: `${after}` }, names[1]),
    ]);
    const queued = new GatewayClient(local(gateway), this.keyOf('sample'));
    const synchronous = new GatewayClient(local(gateway), this.keyOf('sample'), '/sms/synchronous');
    try {
      return await work(queued, synchronous);
    } finally {
      await Promise.all([queued.close(), synchronous.close()]);
      for (const name of names) await this.running.get(name)!.stop();
    }
  }

  private keyOf(owner: ApiClient): string {
    return `${owner}-${this.secret}`;
  }

  private gatewayEnv(): Record<string, string> {
    const keys = (['main', 'sample'] as const).map((owner) => `${owner}:${this.keyOf(owner)}`);
    return { ...this.commonEnv(), API_KEYS: keys.join(',') };
  }

  async startDispatcher(concurrency: number): Promise<void> {
    await this.run('sms-dispatcher', this.ports.dispatcher, {
      ...this.commonEnv(),
      CONCURRENCY: `${concurrency}`,
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      OPERATOR_URL: local(this.ports.channel),
      OPERATOR_KEY: this.secret,
      WEBHOOK_KEY: this.secret,
      SUPPORT_KEY: this.supportKey,
    });
  }

  /** SMS of the main run that no record is coming for, as the dispatcher's report has them. */
  async stuck(): Promise<number> {
    const { statusCode, body } = await request(`${local(this.ports.dispatcher)}/stuck?olderThan=0`, {
      headers: { [API_KEY_HEADER]: this.supportKey },
    });
    if (statusCode !== 200) throw new Error(`The report on stuck SMS answered ${statusCode}: ${await body.text()}`);
    return ((await body.json()) as unknown[]).length;
  }

  async stopDispatcher(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.running.get('sms-dispatcher')?.stop(signal);
  }

  /** Clients first, then the gateway and the dispatcher, which still need the others. */
  async stop(): Promise<void> {
    await Promise.all([...this.clients.values()].map((client) => client.close()));
    await Promise.all(['sms-gateway', 'sms-dispatcher'].map((name) => this.running.get(name)?.stop()));
    await this.running.get('sms-channel')?.stop();
    await this.records.close();
  }

  /** For a run that went well. */
  async deleteLogs(): Promise<void> {
    await rm(this.logFolder, { recursive: true, force: true });
  }

  private async run(name: string, port: number, env: Record<string, string>, as = name): Promise<void> {
    const logFile = join(this.logFolder, `${as}.log`);
    this.running.set(as, await ServiceProcess.start({ name, port, env, logFile }));
  }

  private commonEnv(): Record<string, string> {
    const { brokers, postgresUrl, redisUrl, namespace } = this.services;
    return {
      KAFKA_BROKERS: brokers.join(','),
      DATABASE_URL: postgresUrl,
      REDIS_URL: redisUrl,
      SMS_NAMESPACE: namespace,
    };
  }

  private channelEnv(): Record<string, string> {
    return {
      API_KEY: this.secret,
      WEBHOOK_URL: local(this.ports.dispatcher),
      WEBHOOK_KEY: this.secret,
      LATENCY_MS: `${this.options.latency}`,
      FAILURE_RATE: `${this.options.failureRate}`,
      STOP_NUMBERS: STOP_NUMBER,
    };
  }
}

const local = (port: number) => `http://127.0.0.1:${port}`;
