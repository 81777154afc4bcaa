/** Domain and platform specs stand beside the code; the rest under test/. Databases, not files, keep parallel specs apart. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          target: 'es2022',
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  roots: ['<rootDir>/src', '<rootDir>/test', '<rootDir>/client/src'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/test/browser/'],
  globalSetup: '<rootDir>/test/global-setup.mjs',
  globalTeardown: '<rootDir>/test/global-teardown.mjs',
  setupFilesAfterEnv: ['<rootDir>/test/support/setup.ts'],
  reporters: ['default', '<rootDir>/test/support/contract/coverage.mjs', '<rootDir>/test/support/closing-line.mjs'],
  testTimeout: 30000,
  maxWorkers: 2,
  // what a spec file loaded stays in its worker (Jest with ES modules): a whole run took gigabytes, and ended so slowly that Jest killed the workers
  workerIdleMemoryLimit: '1GB',
};
