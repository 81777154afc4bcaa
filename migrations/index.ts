import { Identity1795305600001 } from './1795305600001-identity.js';
import { HistoryAndEvents1795305600002 } from './1795305600002-history-and-events.js';
import { SitesAndPeople1795305600003 } from './1795305600003-sites-and-people.js';
import { Campaigns1795305600004 } from './1795305600004-campaigns.js';
import { OpportunitiesAndMail1795305600005 } from './1795305600005-opportunities-and-mail.js';
import { DealsAndLinks1795305600006 } from './1795305600006-deals-and-links.js';
import { Webhooks1795305600007 } from './1795305600007-webhooks.js';
import { AnswersLimitsJobs1795305600008 } from './1795305600008-answers-limits-jobs.js';
import { People1795305600009 } from './1795305600009-people.js';
import { Credentials1795305600010 } from './1795305600010-credentials.js';
import { WebhookLog1795305600011 } from './1795305600011-webhook-log.js';
import { AuditBeforeAndAfter1795305600013 } from './1795305600013-audit-before-and-after.js';
import { WebhookReplaysAsJobs1795305600015 } from './1795305600015-webhook-replays-as-jobs.js';
import { Rights1795305600016 } from './1795305600016-rights.js';
import { ListsAndSearch1795305600017 } from './1795305600017-lists-and-search.js';
import { InvitationsOfKeys1795305600018 } from './1795305600018-invitations-of-keys.js';
import { StepsLeftOut1795305600040 } from './1795305600040-steps-left-out.js';
import { VariantsAndDrafts1795305600041 } from './1795305600041-variants-and-drafts.js';
import { TimeAndLimits1795305600050 } from './1795305600050-time-and-limits.js';
import { Wire1795305600060 } from './1795305600060-wire.js';
import { MailAccounts1795305600061 } from './1795305600061-mail-accounts.js';
import { LawAndReputation1795305600070 } from './1795305600070-law-and-reputation.js';
import { AfterTheAnswer1795305600080 } from './1795305600080-after-the-answer.js';
import { PageLooks1795305600081 } from './1795305600081-page-looks.js';
import { AfterARestore1795305600090 } from './1795305600090-after-a-restore.js';
import { CopiesOfSentMails1795305600091 } from './1795305600091-copies-of-sent-mails.js';
import { ResumesOfMailboxesAndPeople1795305600092 } from './1795305600092-resumes-of-mailboxes-and-people.js';
import { MailboxesByDomain1795305600093 } from './1795305600093-mailboxes-by-domain.js';
import { LinksAndVariants1795305600094 } from './1795305600094-links-and-variants.js';
import { Notes1795305600095 } from './1795305600095-notes.js';
import { TargetLooks1795305600100 } from './1795305600100-target-looks.js';
import { PoliteFetching1795305600101 } from './1795305600101-polite-fetching.js';
import { SeenPages1795305600102 } from './1795305600102-seen-pages.js';
import { WatchMemory1795305600103 } from './1795305600103-watch-memory.js';
import { Reclaim1795305600104 } from './1795305600104-reclaim.js';

/** All migrations, oldest first. Append only. */
export const MIGRATIONS = [
  Identity1795305600001,
  HistoryAndEvents1795305600002,
  SitesAndPeople1795305600003,
  Campaigns1795305600004,
  OpportunitiesAndMail1795305600005,
  DealsAndLinks1795305600006,
  Webhooks1795305600007,
  AnswersLimitsJobs1795305600008,
  People1795305600009,
  Credentials1795305600010,
  WebhookLog1795305600011,
  AuditBeforeAndAfter1795305600013,
  WebhookReplaysAsJobs1795305600015,
  Rights1795305600016,
  ListsAndSearch1795305600017,
  InvitationsOfKeys1795305600018,
  StepsLeftOut1795305600040,
  VariantsAndDrafts1795305600041,
  TimeAndLimits1795305600050,
  Wire1795305600060,
  MailAccounts1795305600061,
  LawAndReputation1795305600070,
  AfterTheAnswer1795305600080,
  PageLooks1795305600081,
  AfterARestore1795305600090,
  CopiesOfSentMails1795305600091,
  ResumesOfMailboxesAndPeople1795305600092,
  MailboxesByDomain1795305600093,
  LinksAndVariants1795305600094,
  Notes1795305600095,
  TargetLooks1795305600100,
  PoliteFetching1795305600101,
  SeenPages1795305600102,
  WatchMemory1795305600103,
  Reclaim1795305600104,
];
