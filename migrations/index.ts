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
import { StepsLeftOut1795305600040 } from './1795305600040-steps-left-out.js';
import { VariantsAndDrafts1795305600041 } from './1795305600041-variants-and-drafts.js';

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
  StepsLeftOut1795305600040,
  VariantsAndDrafts1795305600041,
];
