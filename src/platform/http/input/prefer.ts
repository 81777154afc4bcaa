import type { FastifyReply, FastifyRequest } from 'fastify';

const RESPOND_ASYNC = /(?:^|,)\s*respond-async\s*(?:[;,]|$)/i;

/** Whether the caller would rather have a job than wait (RFC 7240 section 4.1). */
export function prefersJob(request: FastifyRequest): boolean {
  const header = request.headers['prefer'];
  return header !== undefined && RESPOND_ASYNC.test(String(header));
}

/** 202 with the address of the job, and the word that the wish was heard. */
export function answerWithJob(reply: FastifyReply, jobId: string): void {
  void reply.status(202).headers({ location: `/api/v1/jobs/${jobId}`, 'preference-applied': 'respond-async' });
}
