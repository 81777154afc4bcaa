import { Module } from '@nestjs/common';
import { OpportunitiesModule } from '../opportunities/opportunities.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { ProspectsModule } from '../prospects/prospects.module.js';
import { SuppressionsModule } from '../suppressions/suppressions.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { CampaignProspects } from './campaign-prospects.service.js';
import { CampaignRunsController } from './campaign-runs.controller.js';
import { CampaignRuns } from './campaign-runs.service.js';
import { EnrollmentPlaces } from './enrollment-places.service.js';
import { EnrollmentsController } from './enrollments.controller.js';
import { Enrollments } from './enrollments.service.js';
import { Planner } from './planner.service.js';
import { CampaignEnds } from './planning/campaign-ends.service.js';
import { EnrollmentPlanner } from './planning/enrollment-planner.service.js';
import { StepConditions } from './planning/step-conditions.service.js';
import { StepSkips } from './planning/step-skips.service.js';
import { Preflight } from './preflight.service.js';
import { SequenceProgress } from './sequence-progress.service.js';
import { StepMails } from './step-mails.service.js';

@Module({
  imports: [OpportunitiesModule, PipelineModule, ProspectsModule, SuppressionsModule, TemplatesModule],
  controllers: [EnrollmentsController, CampaignRunsController],
  providers: [
    CampaignProspects,
    CampaignRuns,
    EnrollmentPlaces,
    Enrollments,
    Planner,
    Preflight,
    SequenceProgress,
    StepMails,
    CampaignEnds,
    EnrollmentPlanner,
    StepConditions,
    StepSkips,
  ],
  exports: [Enrollments, SequenceProgress, StepConditions, StepSkips],
})
export class OutreachModule {}
