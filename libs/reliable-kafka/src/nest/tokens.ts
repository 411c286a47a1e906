import { ConsumerControl } from './consumer-control.js';
import { DeadLetters } from './dead-letters/index.js';
import { TopicAudit, TopicProvisioner } from './durability/index.js';
import { ReliableKafkaEvents } from './events.js';
import { ReliableKafkaProducer } from './producer/index.js';
import { ReliableKafkaServer } from './server.js';

/** Where the module reads its options from: `overrideProvider(RELIABLE_KAFKA_OPTIONS)` reaches everything. The unnamed module's. */
export const RELIABLE_KAFKA_OPTIONS = Symbol.for('nestjs-reliable-kafka:options');

/** The injection token of a module's options; without a name `RELIABLE_KAFKA_OPTIONS`. */
export function getOptionsToken(name?: string): symbol {
  return name === undefined ? RELIABLE_KAFKA_OPTIONS : named('options', name);
}

/** The injection token of a module's server; without a name the class `ReliableKafkaServer`. */
export function getServerToken(name?: string): symbol | typeof ReliableKafkaServer {
  return name === undefined ? ReliableKafkaServer : named('server', name);
}

/** The injection token of a module's producer; without a name the class `ReliableKafkaProducer`. */
export function getProducerToken(name?: string): symbol | typeof ReliableKafkaProducer {
  return name === undefined ? ReliableKafkaProducer : named('producer', name);
}

/** The injection token of a module's consumer control; without a name the class `ConsumerControl`. */
export function getControlToken(name?: string): symbol | typeof ConsumerControl {
  return name === undefined ? ConsumerControl : named('control', name);
}

/** The injection token of a module's events; without a name the class `ReliableKafkaEvents`. */
export function getEventsToken(name?: string): symbol | typeof ReliableKafkaEvents {
  return name === undefined ? ReliableKafkaEvents : named('events', name);
}

/** The injection token of a module's dead letters; without a name the class `DeadLetters`. */
export function getDeadLettersToken(name?: string): symbol | typeof DeadLetters {
  return name === undefined ? DeadLetters : named('dead-letters', name);
}

/** The injection token of a module's topic audit; without a name the class `TopicAudit`. */
export function getAuditToken(name?: string): symbol | typeof TopicAudit {
  return name === undefined ? TopicAudit : named('audit', name);
}

/** The injection token of a module's topic provisioner; without a name the class `TopicProvisioner`. */
export function getProvisionerToken(name?: string): symbol | typeof TopicProvisioner {
  return name === undefined ? TopicProvisioner : named('provisioner', name);
}

function named(what: string, name: string): symbol {
  return Symbol.for(`nestjs-reliable-kafka:${what}:${name}`);
}
