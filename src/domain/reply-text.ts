/** Lines after which everything is the mail that is answered. Longest phrases of mail programs in the languages our users write in. */
const QUOTE_HEADS: readonly RegExp[] = [
  /^\s*-{2,}\s*(original message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale|oprindelig meddelelse|исходное сообщение|forwarded message|weitergeleitete nachricht)\s*-{2,}/i,
  /^\s*_{10,}\s*$/,
  /^[\s>*]*(from|von|de|da|van|fra|från|od|от|кому)\s?\*?:\*?\s.*(@|\w)/i,
];
/** Begin of an attribution that may be broken over lines: "On … wrote:". */
const ATTRIBUTION =
  /^(on|am|le|el|il|op|den|dne|w dniu|em|på|в|\d{4}[-/.]\d|\d{1,2}[./-]\d|[\p{L}.]+,? \d).{0,300}(wrote|schrieb[^\n]{0,80}|a écrit|escribió|ha scritto|schreef[^\n]{0,80}|skrev[^\n]{0,80}|napisał\(?a?\)?|escreveu|написал[аи]?|пишет)\s*:?\s*$/iu;
const ATTRIBUTION_END = /:\s*$/;
const ATTRIBUTION_LINES = 4;
const SIGNATURES: readonly RegExp[] = [
  /^\s*--\s*$/,
  /^\s*[-_—–]{2,}\s*$/,
  /^\s*(sent|envoyé|enviado|gesendet|inviato|verstuurd|sendt|skickat|отправлено)\s+(from|depuis|de|desde|von|mit|da|vanaf|fra|från|с|из)\s+(my|mon|mi|meinem|mio|mijn|min|a|the|outlook|mail|gmail|yahoo|iphone|ipad|android)\b/i,
  /^\s*get outlook for /i,
];
/** What stands below a farewell is a signature, where little enough does. */
const FAREWELL =
  /^\s*(best|kind|warm|many)?\s*(regards|wishes|thanks|cheers|greetings|sincerely|yours( truly| sincerely)?|mit freundlichen grüßen|viele grüße|beste grüße|liebe grüße|cordialement|bien à vous|saludos|un saludo|cordiali saluti|groeten|met vriendelijke groet|med venlig hilsen|с уважением)\s*[,.!]?\s*$/i;
const LINES_BELOW_FAREWELL = 8;

/**
 * What somebody wrote themselves in an answer: without the mail that they quote and without their signature. Where nothing
 * tells the two apart it is the whole text. In linear time of its length.
 */
export function newTextOf(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const kept: string[] = [];
  for (const [at, line] of lines.entries()) {
    if (SIGNATURES.some((sign) => sign.test(cut(line))) || beginsQuote(lines, at)) break;
    if (!/^\s*>/.test(line)) kept.push(line);
  }
  return withoutFarewell(kept).join('\n').trim();
}

/** Patterns look at the head of a line only. */
function cut(line: string): string {
  return line.slice(0, 500);
}

function beginsQuote(lines: readonly string[], at: number): boolean {
  const line = cut(lines[at] ?? '');
  if (line.trim() === '') return false;
  if (QUOTE_HEADS.slice(0, 2).some((head) => head.test(line))) return true;
  if (QUOTE_HEADS[2]?.test(line) && followsHeader(lines, at)) return true;
  let joined = '';
  for (const part of lines.slice(at, at + ATTRIBUTION_LINES)) {
    if (part.trim() === '') return false;
    joined = `${joined} ${cut(part)}`.trim();
    if (ATTRIBUTION.test(joined)) return true;
    if (ATTRIBUTION_END.test(part)) return false;
  }
  return false;
}

/** "From:" begins a quoted header only above other lines of one: people write that word, too. */
function followsHeader(lines: readonly string[], at: number): boolean {
  const below = lines.slice(at + 1, at + 5).join('\n');
  return /^[\s>*]*(sent|to|subject|date|gesendet|an|betreff|datum|envoyé|à|objet|enviado|para|asunto|inviato|a|oggetto|verzonden|aan|onderwerp|til|emne|sendt|дата|тема|кому)\s?\*?:/im.test(
    below,
  );
}

function withoutFarewell(lines: readonly string[]): readonly string[] {
  const at = lines.findLastIndex((line) => FAREWELL.test(cut(line)));
  const below = at === -1 ? [] : lines.slice(at + 1).filter((line) => line.trim() !== '');
  return at === -1 || below.length > LINES_BELOW_FAREWELL ? lines : lines.slice(0, at);
}
