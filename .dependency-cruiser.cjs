/**
 * The rules of the house: imports run downwards, a room is entered through its index.ts, and there are no circles.
 * `npm run check:rooms` runs it.
 */
const SRC = '^libs/reliable-kafka/src/';

/** From the ground up: a room may import those before it, and itself. */
const FLOORS = [
  ['contracts'],
  ['ordering', 'offsets', 'flow', 'retry', 'producer', 'idempotency', 'durability', 'telemetry'],
  ['kafka'],
  ['consumer'],
  ['nest'],
];
const OPT_IN = ['testing', 'typeorm', 'redis', 'terminus', 'opentelemetry', 'admin'];

const downwards = FLOORS.map((rooms, floor) => {
  const above = [...FLOORS.slice(floor + 1).flat(), ...OPT_IN];
  return {
    name: `downwards-from-${rooms[0]}`,
    comment: 'Imports run downwards: contracts at the ground, mechanisms, kafka, consumer, nest on top.',
    severity: 'error',
    from: { path: `${SRC}(${rooms.join('|')})/`, pathNot: '\\.spec\\.ts$' },
    to: { path: `${SRC}(${above.join('|')})/` },
  };
});

module.exports = {
  forbidden: [
    ...downwards,
    {
      name: 'mechanisms-stand-alone',
      comment: 'Mechanisms of one floor do not lean on each other.',
      severity: 'error',
      from: { path: `${SRC}(${FLOORS[1].join('|')})/`, pathNot: '\\.spec\\.ts$' },
      to: { path: `${SRC}(${FLOORS[1].join('|')})/`, pathNot: `${SRC}$1/` },
    },
    {
      name: 'through-the-index',
      comment: "No room reaches into another's files.",
      severity: 'error',
      from: { path: `${SRC}([^/]+)/` },
      to: { path: `${SRC}[^/]+/.+`, pathNot: [`${SRC}$1/`, `${SRC}[^/]+/index\\.ts$`] },
    },
    {
      name: 'only-kafka-knows-kafkajs',
      comment: 'Types may be named elsewhere; the client itself lives in one room.',
      severity: 'error',
      from: { path: SRC, pathNot: [`${SRC}kafka/`, '\\.spec\\.ts$'] },
      to: { path: 'node_modules/kafkajs', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-nest-knows-nest',
      severity: 'error',
      from: { path: `${SRC}(${FLOORS.slice(0, -1).flat().join('|')})/`, pathNot: '\\.spec\\.ts$' },
      to: { path: 'node_modules/@nestjs' },
    },
    {
      name: 'apps-use-the-package',
      comment: 'Applications import the library by its public name, as users do.',
      severity: 'error',
      from: { path: '^(apps|libs/sms-contracts)/' },
      to: { path: `${SRC}.+`, pathNot: [`${SRC}index\\.ts$`, `${SRC}[^/]+/index\\.ts$`] },
    },
    {
      name: 'no-circles',
      comment: 'Types may speak of each other; code that runs may not.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: ['/dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    detectJSDocImports: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
