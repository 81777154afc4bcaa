import { bareMessageId, parseMessageIds } from './message-ids.js';

describe('parseMessageIds', () => {
  it.each([
    ['one id', '<a@x.example>', ['a@x.example']],
    ['several, oldest first', '<a@x.example> <b@x.example>\r\n\t<c@x.example>', ['a@x.example', 'b@x.example', 'c@x.example']],
    ['ids without a space between', '<a@x.example><b@x.example>', ['a@x.example', 'b@x.example']],
    ['an id named twice once', '<a@x.example> <b@x.example> <a@x.example>', ['a@x.example', 'b@x.example']],
    ['an id that was folded in its middle', '<a-long\r\n -id@x.example>', ['a-long-id@x.example']],
    ['the id and not the words around it', 'Message of "Mon, 2 Nov" from a@b.example <id@x.example>', ['id@x.example']],
    ['an id that lost its brackets', 'a@x.example', ['a@x.example']],
    ['an id of SES, bare and without a domain', '0100018b-aaaa-000000', ['0100018b-aaaa-000000']],
    ['bare ids with commas', 'a@x.example, b@x.example', ['a@x.example', 'b@x.example']],
    ['nothing in prose', 'your message of Monday', []],
    ['nothing in an empty header', ' ', []],
    ['nothing in empty brackets', '<>', []],
  ] as const)('finds %s', (_, header, expected) => {
    expect(parseMessageIds(header)).toEqual(expected);
  });

  it('reads a header of a megabyte at once', () => {
    expect(parseMessageIds('<'.repeat(1_000_000))).toEqual([]);
  });
});

describe('bareMessageId', () => {
  it.each(['<A.b@x.example> ', ' <A.b@x.example>', 'A.b@x.example'])('leaves brackets and space of %j out, and the case as it is', (id) => {
    expect(bareMessageId(id)).toBe('A.b@x.example');
  });
});
