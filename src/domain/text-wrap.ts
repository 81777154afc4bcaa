/** RFC 5322 section 2.1.1 asks for at most 78 characters a line; mail programs cut longer ones where they like. */
const COLUMNS = 76;

/**
 * Lines of the text part, none longer than it must be. Only spaces are broken at, so a web address stays whole however long
 * it is; quoted lines stay as they are, since a second half without its `>` would read as an answer.
 */
export function wrapText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => (line.length <= COLUMNS || line.startsWith('>') ? line : wrapLine(line)))
    .join('\n');
}

function wrapLine(line: string): string {
  const wrapped: string[] = [];
  let current = '';
  for (const word of line.split(/(?<=\S)(?=[ \t]+\S)/)) {
    const full = current !== '' && current.length + word.length > COLUMNS;
    if (full && mayBegin(word.trimStart())) {
      wrapped.push(current);
      current = word.trimStart();
    } else {
      current += word;
    }
  }
  return [...wrapped, current].join('\n');
}

/** What would mean something else at the start of a line: a quote, the line that mailboxes on disk part mails by, the mark of a signature. */
function mayBegin(word: string): boolean {
  return !word.startsWith('>') && word !== 'From' && !/^--\s*$/.test(word);
}
