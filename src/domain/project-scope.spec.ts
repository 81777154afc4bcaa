import { type ProjectScope, withinBoth } from './project-scope.js';

describe('what lies inside two borders', () => {
  it.each<[one: ProjectScope, other: ProjectScope, both: ProjectScope]>([
    [null, null, null],
    [null, ['a'], ['a']],
    [['a'], null, ['a']],
    [['a', 'b'], ['b', 'c'], ['b']],
    [['a'], ['b'], []],
    [[], null, []],
    [[], ['a'], []],
  ])('%j and %j: %j', (one, other, both) => {
    expect(withinBoth(one, other)).toEqual(both);
  });
});
