import { Matches, type ValidationOptions } from 'class-validator';

/**
 * No control characters, C0 or C1: in a name they are a slip or a trick, and what shows it (a terminal, a log, a mail header) may obey them.
 * And something to see, unless it is empty: where a text must be there, blanks are none.
 */
const ONE_LINE = /^(?:\P{Cc}*[^\s\p{C}]\P{Cc}*)?$/u;

/** For every text that is not meant to have several lines: names, titles, keys of the customer. */
export function OneLine(options: ValidationOptions = {}): PropertyDecorator {
  return Matches(ONE_LINE, { message: 'must be one line that shows something, without control characters', ...options });
}
