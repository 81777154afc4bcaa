import { Module, type OnModuleInit } from '@nestjs/common';
import { describeConstraints } from '../../platform/http/problems/constraint-problems.js';
import { WorkLoops } from '../../platform/jobs/work-loops.js';
import { OutreachModule } from '../outreach/outreach.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { BacklinksController } from './backlinks.controller.js';
import { Backlinks } from './backlinks.service.js';
import { LinkChecker } from './checks/link-checker.service.js';
import { ExpiryWarnings } from './watch/expiry-warnings.service.js';
import { LinkChanges } from './watch/link-changes.service.js';
import { Reclaim } from './watch/reclaim.service.js';
import { SuppressionsModule } from '../suppressions/suppressions.module.js';
import { ProofPage } from './evidence/proof-page.js';
import { LinkNewsReader } from './reports/link-news.service.js';
import { LinkReports } from './reports/link-reports.service.js';
import { LinkVerdicts } from './checks/link-verdicts.service.js';
import { PageJudge } from './checks/page-judge.service.js';
import { TargetLooks } from './checks/target-looks.service.js';
import { ReportPageController } from './reports/report-page.controller.js';
import { ReportPage } from './reports/report-page.service.js';
import { SilentWins } from './silent-wins/silent-wins.service.js';

describeConstraints({
  backlinks_external_ref_key: { status: 409, code: 'external_ref_taken', detail: 'Another backlink has this externalRef.' },
  backlinks_pair_key: { status: 409, code: 'already_reported', detail: 'Another backlink has this page and this target.' },
});

@Module({
  imports: [OutreachModule, PipelineModule, ProjectsModule, SuppressionsModule],
  controllers: [BacklinksController, ReportPageController],
  providers: [
    Backlinks,
    LinkReports,
    LinkNewsReader,
    LinkChecker,
    LinkVerdicts,
    LinkChanges,
    PageJudge,
    TargetLooks,
    ReportPage,
    SilentWins,
    Reclaim,
    ExpiryWarnings,
    { provide: ProofPage, useFactory: () => new ProofPage() },
  ],
  exports: [LinkReports],
})
export class BacklinksModule implements OnModuleInit {
  constructor(
    private readonly loops: WorkLoops,
    private readonly checker: LinkChecker,
    private readonly wins: SilentWins,
    private readonly news: LinkNewsReader,
    private readonly reclaim: Reclaim,
    private readonly endings: ExpiryWarnings,
  ) {}

  onModuleInit(): void {
    this.loops.add(
      'check',
      (stopping) =>
        this.checker.startDue(stopping, () => {
          this.loops.wakeNow('check');
        }),
      () => this.checker.oneDone(),
    );
    this.loops.add('reclaim', async () => (await this.reclaim.cancelOne()) || (await this.reclaim.draftOne()));
    this.loops.add('expiry', () => this.endings.warnOne());
    this.loops.add('news', () => this.news.readOne());
    this.loops.add(
      'look',
      (stopping) =>
        this.wins.startDue(stopping, () => {
          this.loops.wakeNow('look');
        }),
      () => this.wins.oneDone(),
    );
  }
}
