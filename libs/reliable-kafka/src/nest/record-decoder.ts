import { KafkaParser } from '@nestjs/microservices/helpers/kafka-parser.js';
import type { Deserializer } from '@nestjs/microservices';
import type { ConsumedRecord, Log } from '../contracts/index.js';
import type { KafkaMessage } from './context/index.js';
import type { ReliableKafkaOptions } from './options.js';

interface Packet {
  readonly pattern?: unknown;
  readonly data: unknown;
}

/**
 * From raw records to payloads, as Nest's Kafka server has them: parser, then deserializer. A tombstone is `null` (Nest would give the whole
 * message). Records go to handlers by their topic, whatever pattern a deserializer makes of it.
 */
export class RecordDecoder {
  private readonly parser: KafkaParser;
  private readonly keepBinary: boolean;
  private readonly deserializer: Deserializer | undefined;
  private patternTold = false;

  constructor(
    { parser, deserializer }: Pick<ReliableKafkaOptions, 'parser' | 'deserializer'>,
    private readonly log: Log,
  ) {
    this.parser = new KafkaParser(parser);
    this.keepBinary = parser?.keepBinary ?? false;
    this.deserializer = deserializer;
  }

  /** A promise only when the deserializer gives one. Throws what the deserializer throws. */
  readonly decode = (record: ConsumedRecord): unknown => {
    if (this.deserializer) return this.deserialize(record, this.deserializer);
    const { value } = record;
    if (value === null || this.keepBinary) return value;
    return decoded(value);
  };

  /** The record as `ctx.getMessage()` gives it. */
  readonly message = (record: ConsumedRecord): KafkaMessage => {
    const { offset, ...rest } = record;
    return this.parser.parse({ ...rest, offset: String(offset), attributes: 0 });
  };

  private deserialize(record: ConsumedRecord, deserializer: Deserializer): unknown {
    const message = this.message(record);
    const packet = deserializer.deserialize(message, { channel: record.topic }) as Packet | Promise<Packet>;
    const payload = ({ pattern, data }: Packet): unknown => {
      this.checkPattern(pattern, record.topic);
      return data === message && record.value === null ? null : data;
    };
    return packet instanceof Promise ? packet.then(payload) : payload(packet);
  }

  private checkPattern(pattern: unknown, topic: string): void {
    if (pattern === undefined || pattern === topic || this.patternTold) return;
    this.patternTold = true;
    this.log.warn(
      `The deserializer gave a record of ${topic} the pattern ${String(pattern)}: patterns of deserializers are ignored, records go to the handlers of their topic`,
    );
  }
}

const [ZERO, BRACE, BRACKET] = [0x00, 0x7b, 0x5b];

/** As Nest's `KafkaParser.decode`, which makes the text twice: JSON where it is JSON, bytes behind a leading zero (a schema's), text otherwise. */
function decoded(value: Buffer): unknown {
  const first = value[0];
  if (first === ZERO) return value;
  const text = value.toString();
  if (first !== BRACE && first !== BRACKET) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
