import { validateSync } from 'class-validator';
import { OneLine } from './one-line.decorator.js';

class Named {
  @OneLine() name: unknown = 'Tea';
  @OneLine({ each: true }) tags: unknown = ['green'];
}

const faults = (given: Partial<Named>): string[] => validateSync(Object.assign(new Named(), given)).map(({ property }) => property);

describe('OneLine', () => {
  it.each(['', 'Tea & leaves', 'Çay\u00a0evi', '茶 🍵', 'שלום \u200f', 'e\u0301', 'soft\u00adhyphen', 'line\u2028separator'])('takes %j', (name) => {
    expect(faults({ name, tags: [name] })).toEqual([]);
  });

  it.each([' ', '\u00a0', '\u200b', '\u202e\ufeff', '\n', 'a\r\nb', '\t', '\u0007', '\u001b[2J', '\u001f', '\u007f', '\u0080', '\u0085', '\u009f'])(
    'refuses %j',
    (name) => {
      expect(faults({ name, tags: ['fine', name] })).toEqual(['name', 'tags']);
    },
  );
});
