/** A DataSource that no guard knows of, for doubles. */
export const PLAIN = Symbol('plain');

/** An ioredis client of the application's. */
export const REDIS = Symbol('redis');
