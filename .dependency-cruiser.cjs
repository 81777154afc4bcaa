// The floors and the ladder of docs/adr/0002: calls go down. ladder.json is read here, by the docs and by test/arch.
const LADDER = require('./ladder.json');
const feature = (name) => `^src/modules/${name}/`;

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'platform-knows-no-feature',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(modules/|app\\.|demo/)' },
    },
    {
      name: 'typeorm-stays-below-controllers',
      severity: 'error',
      from: { path: '\\.(controller|dto)\\.ts$' },
      to: { path: 'node_modules/(@nestjs/)?typeorm' },
    },
    {
      name: 'every-feature-stands-on-the-ladder',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/modules/[^/]+/', pathNot: LADDER.map(feature) },
    },
    ...LADDER.map((name, step) => ({
      name: `ladder-${name}`,
      severity: 'error',
      from: { path: feature(name) },
      to: { path: '^src/modules/', pathNot: [feature(name), ...LADDER.slice(0, step).map(feature)] },
    })),
    {
      name: 'features-show-four-faces',
      severity: 'error',
      from: { path: '^src/modules/([^/]+)/' },
      to: { path: '^src/modules/', pathNot: ['^src/modules/$1/', '\\.(module|service|entity|jobs)\\.ts$'] },
    },
    {
      name: 'demo-is-a-guest',
      comment: 'The demo talks to the product through client/, like any stranger.',
      severity: 'error',
      from: { path: '^src/demo/' },
      to: { path: '^src/(modules|domain)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
