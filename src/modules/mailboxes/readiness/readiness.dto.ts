import type { ReadinessReport } from './readiness.service.js';

export class RecordToPublish {
  name!: string;
  type!: 'TXT' | 'MX' | 'PTR';
  value!: string;
}

export class ReadinessFindingResponse {
  check!: 'spf' | 'dkim' | 'dmarc' | 'alignment' | 'mx' | 'ptr';
  /** unknown: DNS did not answer, which is no fault of the domain. */
  state!: 'ok' | 'bad' | 'unknown';
  detail!: string;
  /** The rules of senders that it comes from. */
  source!: string;
  /** What to put into DNS; null when nothing is to be done. */
  publish!: RecordToPublish | null;
}

export class ReadinessResponse {
  domain!: string;
  /** SPF, DKIM and DMARC are known to be there. */
  ready!: boolean;
  /** Empty before the first look. */
  findings!: ReadinessFindingResponse[];
  checkedAt!: string | null;

  static from({ domain, ready, findings, checkedAt }: ReadinessReport): ReadinessResponse {
    return {
      ...{ domain, ready, checkedAt: checkedAt?.toISOString() ?? null },
      findings: findings.map((finding) => ({ ...finding, publish: finding.publish && { ...finding.publish } })),
    };
  }
}
