const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^nestjs-reliable-kafka$': '<rootDir>/libs/reliable-kafka/src/index.ts',
    '^nestjs-reliable-kafka/(.*)$': '<rootDir>/libs/reliable-kafka/src/$1/index.ts',
    '^sms-contracts$': '<rootDir>/libs/sms-contracts/src/index.ts',
    '^(better-sqlite3|nestjs-cls|@nestjs-cls/.+)$': '<rootDir>/test/extras/node_modules/$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/test/packaging/.*-app/'],
  setupFiles: ['reflect-metadata'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

/** One project a ring: `unit` beside the code, `integration` on embedded parts, `real` on real services. */
export default {
  // Many tests run processes and brokers on few cores: a limit says that a test hangs, not that it is slow.
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      rootDir: import.meta.dirname,
      testMatch: ['<rootDir>/{libs,apps}/**/src/**/*.spec.ts'],
    },
    {
      ...shared,
      displayName: 'integration',
      rootDir: import.meta.dirname,
      testMatch: ['<rootDir>/test/{integration,conformance,packaging,house}/**/*.spec.ts'],
    },
    { ...shared, displayName: 'real', rootDir: import.meta.dirname, testMatch: ['<rootDir>/test/real/**/*.spec.ts'] },
  ],
};
