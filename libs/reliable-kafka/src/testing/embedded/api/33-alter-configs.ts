import { array, boolean, int16, int8, nullableString, string, struct, throttleTimeMs } from '../wire/index.js';
import { api } from './define.js';
import { alterTopic } from './resources.js';

const request = struct({
  resources: array(
    struct({
      resourceType: int8,
      resourceName: string,
      configs: array(struct({ name: string, value: nullableString })),
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

/** The old way: what is not named returns to its default. */
export const alterConfigs = api({
  name: 'AlterConfigs',
  key: 33,
  versions: [0, 1],
  request,
  response,
  handle: ({ resources, validateOnly }, context) => ({
    responses: resources.map((resource) => ({
      ...resource,
      ...alterTopic(
        resource,
        context,
        validateOnly,
        () => new Map(resource.configs.map(({ name, value }) => [name, value])),
      ),
    })),
  }),
});
