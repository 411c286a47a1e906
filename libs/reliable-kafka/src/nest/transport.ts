/**
 * The transport id of one of our servers: `@EventPattern<string>('topic', reliableKafka('audit'))` is taken by the server of
 * `forRoot({ name: 'audit' })` only. Without a name: the unnamed server's, when its option `transport` says so (else it answers
 * to `Transport.KAFKA`, as Nest's own Kafka server does).
 */
export function reliableKafka(name?: string): symbol {
  return Symbol.for(name === undefined ? 'nestjs-reliable-kafka:transport' : `nestjs-reliable-kafka:transport:${name}`);
}
