/** What mail programs put before the subject of an answer or of a mail passed on, in the languages of our users. */
const MARKS = [
  're',
  'r',
  'aw',
  'antw',
  'sv',
  'vs',
  'odp',
  'ynt',
  'res',
  'rif',
  'rv',
  'fwd?',
  'fw',
  'wg',
  'tr',
  'enc',
  'doorst',
  'vb',
  'i',
  'pd',
  '回复',
  '答复',
  '转发',
  '返信',
];
/** With a colon of either width, and a counter in between as in `Re[2]:`. */
const MARKED = new RegExp(`^[\\s\\u00a0]*(?:${MARKS.join('|')})\\s*(?:[[(]\\d+[\\])])?\\s*[:：]`, 'iu');

/** Whether the subject of a first mail pretends that there was one before (standards 25: subjects may not mislead). */
export function isMisleadingSubject(subject: string): boolean {
  return MARKED.test(subject.normalize('NFKC'));
}
