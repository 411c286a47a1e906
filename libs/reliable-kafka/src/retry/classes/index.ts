import { httpClients } from './http-clients.js';
import { httpStatus } from './http-status.js';
import { ioredis } from './ioredis.js';
import { kafkajs } from './kafkajs.js';
import { mysql } from './mysql.js';
import { nest } from './nest.js';
import { network } from './network.js';
import { own } from './own.js';
import { postgres } from './postgres.js';
import { sqlite } from './sqlite.js';
import { typeorm } from './typeorm.js';
import { validation } from './validation.js';
import type { Recognise } from './verdicts.js';

/** In the order in which they are asked: those who know an error by its name before those who know it by a code that others may have, too. */
export const BUILT_IN: readonly Recognise[] = [
  own,
  nest,
  validation,
  httpStatus,
  kafkajs,
  ioredis,
  typeorm,
  httpClients,
  postgres,
  mysql,
  sqlite,
  network,
];

export { RETRIABLE } from './verdicts.js';
