/** A person as others may have written of them. */
export interface NamedPerson {
  readonly email: string;
  /** As `normaliseEmail` makes it. */
  readonly emailKey: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
}

/** Patterns of PostgreSQL (ARE), to be used without regard to case; null where there is nothing to look for. */
export interface ErasedWords {
  /** The address and the full name: whoever is meant, it is this person. */
  readonly anywhere: string | null;
  /** A first or a last name alone, which elsewhere may be a word or somebody else: only for what is about this person. */
  readonly nearby: string | null;
}

/** Stands where a name or an address stood; one character, so that no text outgrows its column. */
export const ERASED_MARK = '…';

/** What an erasure looks for in the words of others (standards 29, F49). */
export function erasedWords(people: readonly NamedPerson[]): ErasedWords {
  const addresses = people.flatMap(({ email, emailKey }) => [email, emailKey]).map(quoted);
  const fullNames = people.flatMap(({ firstName, lastName }) => {
    const [first, last] = [wordOf(firstName), wordOf(lastName)];
    return first === '' || last === '' ? [] : [`${first}\\s+${last}`, `${last},?\\s+${first}`];
  });
  const names = people.flatMap(({ firstName, lastName }) => [firstName, lastName]).filter((name) => name !== null && name.trim().length > 1);
  return { anywhere: whole([...addresses, ...fullNames]), nearby: whole(names.map((name) => wordOf(name))) };
}

/** None of them as a part of a longer word; however their accents are written. */
function whole(alternatives: readonly string[]): string | null {
  const written = new Set(alternatives.filter((one) => one !== '').flatMap((one) => [one.normalize('NFC'), one.normalize('NFD')]));
  return written.size === 0 ? null : `(?<![[:alnum:]])(?:${[...written].join('|')})(?![[:alnum:]])`;
}

function wordOf(name: string | null): string {
  return (name ?? '').trim().split(/\s+/).map(quoted).join('\\s+');
}

function quoted(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
