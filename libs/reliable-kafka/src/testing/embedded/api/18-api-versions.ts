import { array, errors, int16, since, struct, throttleTimeMs, type Type } from '../wire/index.js';
import { api } from './define.js';

/** From here on the API is "flexible": compact arrays and tagged fields, here only. */
export const FLEXIBLE = 3;

const range = struct({ apiKey: int16, minVersion: int16, maxVersion: int16 });
type Range = { apiKey: number; minVersion: number; maxVersion: number };

const ranges: Type<Range[]> = {
  read: (from, version) => {
    if (version < FLEXIBLE) return array(range).read(from, version);
    return Array.from({ length: from.unsignedVarint() - 1 }, () => {
      const one = range.read(from, version);
      from.skipTags();
      return one;
    });
  },
  write: (to, values, version) => {
    if (version < FLEXIBLE) return array(range).write(to, values, version);
    to.unsignedVarint(values.length + 1);
    for (const one of values) {
      range.write(to, one, version);
      to.unsignedVarint(0);
    }
  },
};

const tags: Type<void> = {
  read: (from, version) => (version < FLEXIBLE ? undefined : from.skipTags()),
  write: (to, _, version) => (version < FLEXIBLE ? undefined : to.unsignedVarint(0)),
};

const compactString: Type<string> = {
  read: (from) => from.take(from.unsignedVarint() - 1).toString('utf8'),
  write: (to, value) => {
    const bytes = Buffer.from(value, 'utf8');
    to.unsignedVarint(bytes.length + 1);
    to.raw(bytes);
  },
};

const request = struct({
  clientSoftwareName: since(FLEXIBLE, compactString, ''),
  clientSoftwareVersion: since(FLEXIBLE, compactString, ''),
  tags,
});
const response = struct({ errorCode: int16, apiKeys: ranges, throttleTimeMs: throttleTimeMs(1), tags });

export const apiVersions = api({
  name: 'ApiVersions',
  key: 18,
  versions: [0, FLEXIBLE],
  request,
  response,
  handle: (_, { apis, fault }) => ({
    errorCode: fault ?? errors.NONE,
    apiKeys: apis.map(({ key, versions }) => ({ apiKey: key, minVersion: versions[0], maxVersion: versions[1] })),
  }),
});
