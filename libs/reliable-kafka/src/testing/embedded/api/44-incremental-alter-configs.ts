import { array, boolean, int16, int8, nullableString, string, struct, throttleTimeMs } from '../wire/index.js';
import { TopicConfigs } from '../log/index.js';
import { api } from './define.js';
import { alterTopic } from './resources.js';

const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

const request = struct({
  resources: array(
    struct({
      resourceType: int8,
      resourceName: string,
      configs: array(struct({ name: string, configOperation: int8, value: nullableString })),
    }),
  ),
  validateOnly: boolean,
});

const response = struct({
  throttleTimeMs: throttleTimeMs(0),
  responses: array(
    struct({ errorCode: int16, errorMessage: nullableString, resourceType: int8, resourceName: string }),
  ),
});

/** Changes only what is named. Lists can be added to and taken from. */
export const incrementalAlterConfigs = api({
  name: 'IncrementalAlterConfigs',
  key: 44,
  versions: [0, 0],
  request,
  response,
  handle: ({ resources, validateOnly }, context) => ({
    responses: resources.map((resource) => ({
      ...resource,
      ...alterTopic(resource, context, validateOnly, ({ configs }) => {
        const wanted = new Map<string, string | null>(configs.overrides());
        for (const { name, configOperation, value } of resource.configs) {
          const present = TopicConfigs.isList(name) ? configs.get(name).split(',') : [];
          const named = value?.split(',') ?? [];
          if (configOperation === operations.delete) wanted.delete(name);
          else if (configOperation === operations.append) wanted.set(name, [...new Set([...present, ...named])].join());
          else if (configOperation === operations.subtract) {
            wanted.set(name, present.filter((one) => !named.includes(one)).join());
          } else wanted.set(name, value);
        }
        return wanted;
      }),
    })),
  }),
});
