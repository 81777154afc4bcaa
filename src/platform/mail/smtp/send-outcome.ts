import { judgeSmtpReply, parseSmtpRefusal, type SmtpStage } from '../../../domain/smtp-reply.js';

/** What became of one attempt, as far as this side can know. Only `unknown` may have been delivered without our knowing. */
export type SendOutcome =
  /** `transportId` is the Message-ID that the server put in place of ours, where it says so (Amazon SES, Microsoft 365). */
  | { readonly kind: 'sent'; readonly response: string; readonly transportId?: string }
  | (Refusal & { readonly kind: 'refused_temporary'; readonly scope: 'recipient' | 'mailbox'; readonly retryAfterMs?: number })
  | (Refusal & { readonly kind: 'refused_permanent'; readonly fault: 'address' | 'sender' | 'other' })
  /** Not a byte of the message was handed over: it may be sent again without fear. */
  | { readonly kind: 'not_begun'; readonly detail: string }
  /** The message was on its way and no answer came: the server may have it. */
  | { readonly kind: 'unknown'; readonly detail: string };

interface Refusal {
  readonly code: number;
  readonly enhanced: string | undefined;
  readonly response: string;
  readonly stage: SmtpStage;
}

/** What nodemailer puts on its errors. */
interface TransportError extends Error {
  readonly command?: string;
  readonly response?: string;
}

/**
 * Only a complete 4xx or 5xx reply is a refusal. For all else the mailer's error does not tell whether the message
 * was on its way (a loss after the final dot is ECONNECTION, as is a server that was never reached): `dataBegan` does.
 */
export function outcomeOfFailure(failure: unknown, dataBegan: boolean): SendOutcome {
  const error: TransportError = failure instanceof Error ? failure : new Error(String(failure));
  const reply = parseSmtpRefusal(error.response ?? '');
  if (!reply) return { kind: dataBegan ? 'unknown' : 'not_begun', detail: detailOf(error) };
  const stage = stageOf(error.command);
  const refusal = { code: reply.code, enhanced: reply.enhanced, response: reply.text, stage };
  const verdict = judgeSmtpReply(reply, stage);
  if (verdict.is === 'permanent') return { kind: 'refused_permanent', ...refusal, fault: verdict.fault };
  const { scope, retryAfterMs } = verdict;
  return { kind: 'refused_temporary', ...refusal, scope, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

function stageOf(command: string | undefined): SmtpStage {
  if (command === 'MAIL FROM') return 'sender';
  if (command === 'RCPT TO') return 'recipient';
  return command === 'DATA' ? 'content' : 'session';
}

function detailOf(error: TransportError): string {
  if (error.message.startsWith('Reached maximum number of retries')) return 'the server closed the connection';
  return error.message.replace(/\p{Cc}+/gu, ' ').slice(0, 300);
}
