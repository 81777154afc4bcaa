import { Module } from '@nestjs/common';
import { MailboxesModule } from '../mailboxes/mailboxes.module.js';
import { OpportunitiesModule } from '../opportunities/opportunities.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { ProspectsModule } from '../prospects/prospects.module.js';
import { SuppressionsModule } from '../suppressions/suppressions.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { CampaignProspects } from './enrollments/campaign-prospects.service.js';
import { CampaignRunsController } from './runs/campaign-runs.controller.js';
import { CampaignRuns } from './runs/campaign-runs.service.js';
import { EnrollmentPlaces } from './enrollments/enrollment-places.service.js';
import { EnrollmentsController } from './enrollments/enrollments.controller.js';
import { Enrollments } from './enrollments/enrollments.service.js';
import { PlanExplanations } from './planning/plan-explanations.service.js';
import { Planner } from './planning/planner.service.js';
import { CampaignEnds } from './planning/campaign-ends.service.js';
import { EnrollmentPlanner } from './planning/enrollment-planner.service.js';
import { StepConditions } from './planning/step-conditions.service.js';
import { StepSkips } from './planning/step-skips.service.js';
import { Guardrails } from './guardrails/guardrails.service.js';
import { MailboxChecks, SenderChecks } from './preflight/campaign-checks.service.js';
import { LinkDomainChecks } from './preflight/link-domain-checks.service.js';
import { MailChecks } from './preflight/mail-checks.service.js';
import { MailDomainChecks, RecipientChecks } from './preflight/people-checks.service.js';
import { Preflight, PreflightChecks } from './preflight/preflight.service.js';
import { CampaignResumes } from './resume/campaign-resumes.service.js';
import { LateMails } from './resume/late-mails.service.js';
import { RestoredSteps } from './restore/restored-steps.service.js';
import { SequenceProgress } from './planning/sequence-progress.service.js';
import { StepMails } from './planning/step-mails.service.js';

/** What a preflight is made of. */
const PREFLIGHT = [PreflightChecks, MailboxChecks, SenderChecks, RecipientChecks, MailDomainChecks, MailChecks, LinkDomainChecks];

@Module({
  imports: [
    WorkspacesModule,
    MailboxesModule,
    OpportunitiesModule,
    PipelineModule,
    ProjectsModule,
    ProspectsModule,
    SuppressionsModule,
    TemplatesModule,
  ],
  controllers: [EnrollmentsController, CampaignRunsController],
  providers: [
    CampaignEnds,
    CampaignProspects,
    CampaignResumes,
    CampaignRuns,
    LateMails,
    EnrollmentPlaces,
    EnrollmentPlanner,
    Enrollments,
    Guardrails,
    PlanExplanations,
    Planner,
    Preflight,
    ...PREFLIGHT,
    RestoredSteps,
    SequenceProgress,
    StepConditions,
    StepMails,
    StepSkips,
  ],
  exports: [Enrollments, PlanExplanations, RestoredSteps, SequenceProgress, StepConditions, StepSkips],
})
export class OutreachModule {}
