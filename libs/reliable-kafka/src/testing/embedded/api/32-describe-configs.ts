import {
  array,
  boolean,
  errors,
  int16,
  int8,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
  throttleTimeMs,
  type ReadOf,
} from '../wire/index.js';
import { api, type Context } from './define.js';
import { BROKER, TOPIC, isThisBroker } from './resources.js';

const SET_ON_TOPIC = 1;
const SET_BY_DEFAULT = 5;

const resource = struct({ resourceType: int8, resourceName: string, configurationKeys: nullableArray(string) });

const request = struct({
  resources: array(resource),
  includeSynonyms: boolean,
  includeDocumentation: since(3, boolean, false),
});

const response = struct({
  throttleTimeMs: throttleTimeMs(0),
  results: array(
    struct({
      errorCode: int16,
      errorMessage: nullableString,
      resourceType: int8,
      resourceName: string,
      configs: array(
        struct({
          name: string,
          value: nullableString,
          readOnly: boolean,
          configSource: int8,
          isSensitive: boolean,
          synonyms: array(struct({ name: string, value: nullableString, source: int8 })),
          configType: since(3, int8, 0),
          documentation: since(3, nullableString, null),
        }),
      ),
    }),
  ),
});

export const describeConfigs = api({
  name: 'DescribeConfigs',
  key: 32,
  versions: [1, 3],
  request,
  response,
  handle: ({ resources }, context) => ({
    results: resources.map((wanted) => ({
      resourceType: wanted.resourceType,
      resourceName: wanted.resourceName,
      ...describe(wanted, context),
    })),
  }),
});

function describe({ resourceType, resourceName, configurationKeys }: ReadOf<typeof resource>, context: Context) {
  const refused = (errorCode: number, errorMessage: string | null) => ({ errorCode, errorMessage, configs: [] });
  if (context.fault !== undefined) return refused(context.fault, null);
  const entries = configsOf(resourceType, resourceName, context);
  if (!entries) {
    return resourceType === TOPIC
      ? refused(errors.UNKNOWN_TOPIC_OR_PARTITION, null)
      : refused(errors.INVALID_REQUEST, `Nothing is known of resource ${resourceName} of type ${resourceType}.`);
  }
  const configs = entries.filter(({ name }) => configurationKeys?.includes(name) ?? true);
  return {
    errorCode: errors.NONE,
    errorMessage: null,
    configs: configs.map(({ name, value, isDefault, type }) => ({
      name,
      value,
      readOnly: false,
      configSource: isDefault ? SET_BY_DEFAULT : SET_ON_TOPIC,
      isSensitive: false,
      synonyms: [],
      configType: type,
    })),
  };
}

function configsOf(type: number, name: string, { broker }: Context) {
  if (type === TOPIC) return broker.topics.get(name)?.configs.list();
  if (type === BROKER && isThisBroker(name, broker)) return broker.configs();
  return undefined;
}
