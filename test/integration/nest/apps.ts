import { ConsoleLogger } from '@nestjs/common';
import type { ModuleMetadata, Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { TestingModuleBuilder } from '@nestjs/testing';
import { ReliableKafkaModule, ReliableKafkaServer } from 'nestjs-reliable-kafka';
import type { ReliableKafkaOptions } from 'nestjs-reliable-kafka';

export const OPTIONS: ReliableKafkaOptions = { client: { brokers: ['127.0.0.1:1'] }, consumer: { groupId: 'group' } };

/** A promise and what opens it: tests wait for events, not for time. */
export function barrier<T = void>(): { readonly opened: Promise<T>; open(value: T): void } {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open };
}

export function testing(
  controllers: Type[],
  options: Partial<ReliableKafkaOptions> = {},
  metadata: ModuleMetadata = {},
): TestingModuleBuilder {
  const { imports = [], ...rest } = metadata;
  return Test.createTestingModule({
    imports: [ReliableKafkaModule.forRoot({ ...OPTIONS, ...options }), ...imports],
    controllers,
    ...rest,
  }).setLogger(new ConsoleLogger({ logLevels: [] }));
}

type Microservice = Awaited<ReturnType<typeof pure>>;

/** A pure microservice, initialized but not listening: for `deliver`. `prepare` may add global enhancers. */
export async function pure(
  controllers: Type[],
  {
    prepare,
    options,
    ...metadata
  }: ModuleMetadata & {
    options?: Partial<ReliableKafkaOptions>;
    prepare?: (app: ReturnType<Awaited<ReturnType<TestingModuleBuilder['compile']>>['createNestMicroservice']>) => void;
  } = {},
) {
  const module = await testing(controllers, options, metadata).compile();
  const app = module.createNestMicroservice({ strategy: module.get(ReliableKafkaServer), logger: false });
  prepare?.(app);
  await app.init();
  return app;
}

/** What starting the application is refused for, as far as it is found without a broker; `undefined` when it is not. */
export async function refusal(
  controllers: Type[],
  options: Partial<ReliableKafkaOptions> = {},
  metadata: ModuleMetadata = {},
): Promise<unknown> {
  const module = await testing(controllers, options, metadata).compile();
  const server = module.get(ReliableKafkaServer);
  const app = module.createNestMicroservice({ strategy: server, logger: false });
  await server.close();
  try {
    await app.listen();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await app.close();
  }
}

export type { Microservice };
