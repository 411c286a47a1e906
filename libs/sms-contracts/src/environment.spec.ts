import { EnvironmentError, list, readEnvironment, variables } from './environment.js';
import { z } from 'zod';

const shape = {
  PORT: variables.port().default(3000),
  KAFKA_BROKERS: variables.brokers(),
  DATABASE_URL: variables.url(/^postgres$/, 'postgres://localhost/sms'),
  RATE: variables.share('of failures').default(0),
  NAMES: list(z.string().min(1)).default(['a']).describe('names'),
};
const complete = { KAFKA_BROKERS: 'one:9092, two:9092', DATABASE_URL: 'postgres://localhost/sms' };

describe('readEnvironment', () => {
  it('reads, converts and fills in', () => {
    expect(readEnvironment(shape, { ...complete, PORT: '8080', OTHER: 'ignored' })).toEqual({
      PORT: 8080,
      KAFKA_BROKERS: ['one:9092', 'two:9092'],
      DATABASE_URL: 'postgres://localhost/sms',
      RATE: 0,
      NAMES: ['a'],
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readEnvironment(shape, { ...complete, PORT: '' }).PORT).toBe(3000);
  });

  it('lists every variable that cannot be used, with what to set it to', () => {
    const read = () => readEnvironment(shape, { PORT: '99999', KAFKA_BROKERS: 'one', RATE: '2' });
    expect(read).toThrow(EnvironmentError);
    expect(read).toThrow(/PORT: .+\. Set it to the TCP port to listen on/);
    expect(read).toThrow(
      /KAFKA_BROKERS: is no list of host:port\. Set it to the Kafka brokers, such as localhost:9092/,
    );
    expect(read).toThrow(/DATABASE_URL: is not set\. Set it to a URL such as postgres:\/\/localhost\/sms\./);
    expect(read).toThrow(/RATE: .+\. Set it to a number from 0 to 1: of failures\./);
  });
});
