import { KafkaRequestSerializer } from '@nestjs/microservices/serializers/kafka-request.serializer.js';
import type { Serializer } from '@nestjs/microservices';
import type { SerializeMessage } from '../../contracts/index.js';

/** A serializer of Nest's, as messages of ours are serialized with it. */
export function messageSerializer(serializer: Serializer = new KafkaRequestSerializer()): SerializeMessage {
  return ({ value, headers }, topic) => serializer.serialize({ value, headers: { ...headers } }, { pattern: topic });
}
