export interface AutoReplyFacts {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly subject?: string;
  readonly text?: string;
}

/** Headers whose presence says enough, unless the value denies it. */
const MARKERS = ['x-autoreply', 'x-autorespond', 'x-autoresponder', 'x-auto-reply'] as const;

/**
 * How the mail programs begin the subject, in the languages they speak. Only the beginning counts:
 * `Re: Automatic reply systems` is a person's answer to a mail with that subject.
 */
const SUBJECT =
  /^\s*(?:\[?auto(?:matic|mated)?[ -]?(?:reply|response|respon[sd]er?)\b|autorespons?e?\b|out[ -]of[ -](?:the )?office\b|ooo\b|vacation(?: reply| response|:)|on vacation\b|away (?:until|from|till)\b|abwesen(?:heit|d)|automatische antwort|automatisch antwoord|afwezig|r[ée]ponse automatique|absence du bureau|absent du bureau|respuesta autom[áa]tica|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)|resposta autom[áa]tica|ausente do escrit[óo]rio|autosvar|automatiskt? svar|automaattinen vastaus|automatick[áa] odpov[ěe][ďd]|odpowied[źz] automatyczna|automatyczna odpowied[źz]|автоматический ответ|автоответ|自動応答|自動返信|自动回复|自動回覆|자동 ?회신)/iu;

/** Only together with a header that asks others not to answer: people also write that they were out of the office. */
const BODY =
  /out of (?:the )?office|on (?:annual )?leave\b|on vacation|auto(?:matic|mated)[ -]?(?:reply|response)|nicht im b(?:ü|ue)ro|abwesend|absent du bureau|fuera de la oficina/i;

/** In order: the first that finds something names it. */
const SIGNS: readonly ((mail: AutoReplyFacts) => string | undefined)[] = [
  autoSubmitted,
  markerHeader,
  precedence,
  threadTopic,
  subjectOfMachine,
  suppressedAbsence,
];

/**
 * What shows that a machine answered, in words for the timeline; undefined when nothing does.
 * RFC 3834 section 5, standards 36 and 37. `Precedence: bulk` alone proves nothing: aliases and lists
 * add it to what people write.
 */
export function autoReplySign(mail: AutoReplyFacts): string | undefined {
  for (const sign of SIGNS) {
    const found = sign(mail);
    if (found) return found;
  }
  return undefined;
}

function autoSubmitted({ headers }: AutoReplyFacts): string | undefined {
  const value = headers['auto-submitted']?.trim().toLowerCase();
  return value && !/^no\b/.test(value) ? `Auto-Submitted: ${value.slice(0, 100)}` : undefined;
}

function markerHeader({ headers }: AutoReplyFacts): string | undefined {
  return MARKERS.find((name) => headers[name] !== undefined && !/^\s*(?:no|false)\s*$/i.test(headers[name]));
}

function precedence({ headers }: AutoReplyFacts): string | undefined {
  return /^\s*auto[_-]?reply/i.test(headers['precedence'] ?? '') ? 'Precedence: auto_reply' : undefined;
}

function threadTopic({ headers }: AutoReplyFacts): string | undefined {
  return /^auto-?re(?:ply|sponse)/i.test(headers['thread-topic'] ?? '') ? 'Thread-Topic' : undefined;
}

function subjectOfMachine({ subject }: AutoReplyFacts): string | undefined {
  return SUBJECT.test(subject ?? '') ? 'subject of an automatic reply' : undefined;
}

function suppressedAbsence({ headers, text }: AutoReplyFacts): string | undefined {
  const suppressed = headers['x-auto-response-suppress'] !== undefined;
  return suppressed && BODY.test(text?.slice(0, 500) ?? '') ? 'X-Auto-Response-Suppress and the text' : undefined;
}
