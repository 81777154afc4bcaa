import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { describeConstraints } from '../../platform/http/problems/constraint-problems.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { WorkspacesModule } from '../workspaces/workspaces.module.js';
import { Agreement, AgreementItem } from './agreement.entity.js';
import { AgreementsController } from './agreements.controller.js';
import { Agreements } from './agreements.service.js';
import { OpportunitiesController } from './opportunities.controller.js';
import { Opportunities } from './opportunities.service.js';
import { ReportLink } from './report-link.entity.js';
import { ReportLinks } from './report-links.service.js';
import { SiteGuard } from './site-guard.service.js';
import { NotesController } from './work/notes.controller.js';
import { Notes } from './work/notes.service.js';
import { TasksController } from './work/tasks.controller.js';
import { Tasks } from './work/tasks.service.js';
import { WorkInHand } from './work/work-in-hand.service.js';

describeConstraints({
  opportunities_external_ref_key: { status: 409, code: 'external_ref_taken', detail: 'Another opportunity has this externalRef.' },
  tasks_open_key: { status: 409, code: 'task_open_already', detail: 'There is an open task of this kind for the same thing.' },
});

@Module({
  imports: [TypeOrmModule.forFeature([Agreement, AgreementItem, ReportLink]), PipelineModule, ProjectsModule, WorkspacesModule],
  controllers: [OpportunitiesController, AgreementsController, TasksController, NotesController],
  providers: [Opportunities, Agreements, ReportLinks, SiteGuard, Tasks, Notes, WorkInHand],
  exports: [Opportunities, ReportLinks, SiteGuard],
})
export class OpportunitiesModule {}
