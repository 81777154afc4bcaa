import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { describeConstraints } from '../../platform/http/problems/constraint-problems.js';
import { ProjectBorderGuard } from './project-border.guard.js';
import { LinkDomainController } from './link-domain.controller.js';
import { LinkDomainProof } from './link-domain-proof.service.js';
import { LinkDomains } from './link-domains.service.js';
import { Project } from './project.entity.js';
import { ProjectsController } from './projects.controller.js';
import { Projects } from './projects.service.js';
import { SiteAddresses } from './site-addresses.service.js';
import { TargetPage } from './target-page.entity.js';
import { TargetPagesController } from './target-pages.controller.js';
import { TargetPages } from './target-pages.service.js';

describeConstraints({
  projects_external_ref_key: { status: 409, code: 'external_ref_taken', detail: 'Another project has this externalRef already.' },
  target_pages_url_key: { status: 409, code: 'already_exists', detail: 'The project has this page already.' },
});

@Module({
  imports: [TypeOrmModule.forFeature([Project, TargetPage])],
  controllers: [ProjectsController, TargetPagesController, LinkDomainController],
  providers: [Projects, TargetPages, SiteAddresses, LinkDomainProof, LinkDomains, { provide: APP_GUARD, useClass: ProjectBorderGuard }],
  exports: [Projects, SiteAddresses, LinkDomains],
})
export class ProjectsModule {}
