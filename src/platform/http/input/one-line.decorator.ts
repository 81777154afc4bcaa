import { Matches, type ValidationOptions } from 'class-validator';

/** No control characters, C0 or C1: in a name they are a slip or a trick, and what shows it (a terminal, a log, a mail header) may obey them. */
const ONE_LINE = /^\P{Cc}*$/u;

/** For every text that is not meant to have several lines: names, titles, keys of the customer. */
export function OneLine(options: ValidationOptions = {}): PropertyDecorator {
  return Matches(ONE_LINE, { message: 'must be one line, without control characters', ...options });
}
