import { readFileSync } from 'node:fs';
import { robotsAllow } from '../../src/domain/robots-txt.js';
import { corpusPath, corpusRows, describeCorpus } from '../support/corpora.js';

interface Case {
  readonly user_agent: string;
  readonly url: string;
  readonly allowed: boolean;
}

describeCorpus('robots.txt', () => {
  it("is read as Google's own parser reads it, in all of its unit cases", () => {
    const cases = corpusRows<Case & { test: string; robots_txt: string }>('robots', 'google_unit_cases.jsonl');

    expect(cases.length).toBeGreaterThanOrEqual(145);
    expect(cases.filter(({ robots_txt, user_agent, url, allowed }) => robotsAllow(robots_txt, user_agent, url) !== allowed)).toEqual([]);
  });

  it('of real sites gives the verdicts that Google gives', () => {
    const cases = corpusRows<Case & { robots_file: string }>('robots', 'real_cases.jsonl');
    const textOf = (file: string): string => readFileSync(corpusPath(file), 'utf8');

    expect(cases.length).toBeGreaterThanOrEqual(1457);
    expect(cases.filter(({ robots_file, user_agent, url, allowed }) => robotsAllow(textOf(robots_file), user_agent, url) !== allowed)).toEqual([]);
  });

  it('decides what a search engine may read', () => {
    const cases = corpusRows<{ id: string; url: string; robots_txt: string | null; expected_indexable: boolean }>('html', 'indexability_cases.jsonl');
    const withRobots = cases.filter(({ robots_txt }) => robots_txt !== null);

    expect(withRobots.length).toBeGreaterThanOrEqual(3);
    for (const { robots_txt, url, expected_indexable } of withRobots) {
      expect(robotsAllow(robots_txt ?? '', 'Googlebot', url)).toBe(expected_indexable);
    }
  });
});
