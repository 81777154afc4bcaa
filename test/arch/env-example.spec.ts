import { getMetadataStorage } from 'class-validator';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppConfig, describeConfig } from '../../src/platform/config/app-config.js';

const text = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8');
const settings = text.split('\n').flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);

describe('.env.example', () => {
  it('names exactly the settings that the product reads, each once', () => {
    expect([...settings].sort()).toEqual(Object.keys(describeConfig()).sort());
  });

  it('explains each group of settings above it', () => {
    const bare = text.split('\n').filter((line, at, lines) => /^[A-Z_]+=/.test(line) && (lines[at - 1] ?? '') === '');

    expect(bare).toEqual([]);
  });

  it.each(settings.map((name) => [name, new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '']))(
    'shows the default of %s, or nothing',
    (name, value) => {
      const given: unknown = (new AppConfig() as unknown as Record<string, unknown>)[name];

      expect(['', Array.isArray(given) ? given.join(',') : String(given)]).toContain(value);
    },
  );
});

describe('describeConfig', () => {
  it('knows every setting that is checked', () => {
    const checked = getMetadataStorage().getTargetValidationMetadatas(AppConfig, '', false, false);

    expect([...new Set(checked.map(({ propertyName }) => propertyName))].sort()).toEqual(Object.keys(describeConfig()).sort());
  });
});
