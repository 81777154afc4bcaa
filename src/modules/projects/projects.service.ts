import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Forbidden, NotFound } from '../../domain/errors.js';
import { isManager } from '../../domain/permissions.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { creationKey } from '../../platform/database/creation-order.js';
import { transact } from '../../platform/database/transact.js';
import { changeRow } from '../../platform/database/versioned.js';
import { findByKey } from '../../platform/database/find-by-key.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import type { SearchQuery } from '../../platform/http/lists/page-query.dto.js';
import { type Page, page, readPage } from '../../platform/http/lists/paging.js';
import { newId } from '../../platform/ids.js';
import { LinkDomains } from './link-domains.service.js';
import { Project } from './project.entity.js';
import { listProjects, PROJECT_LIST } from './projects.queries.js';
import { SiteAddresses } from './site-addresses.service.js';

export interface ProjectChange extends Partial<ProjectInput> {
  readonly linkDomain?: string | null | undefined;
}

export interface ProjectInput {
  readonly name: string;
  readonly url: string;
  readonly externalRef?: string | null | undefined;
}

/** The sites that links are built for. */
@Injectable()
export class Projects {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly sites: SiteAddresses,
    private readonly links: LinkDomains,
  ) {}

  /** @throws Forbidden `outside_border`; RuleViolation `url_not_accepted`, `no_registrable_domain` */
  async create(actor: Actor, input: ProjectInput): Promise<Project> {
    if (actor.projectIds !== null) throw new Forbidden('You work in some projects only: who sees all of them makes new ones.', 'outside_border');
    const { workspaceId } = actor;
    const id = newId();
    const createdAt = this.clock.now();
    const domain = await this.sites.admit(input.url);
    await transact(this.db, async (tx) => {
      await tx.insert(Project, { ...input, externalRef: input.externalRef ?? null, domain, workspaceId, id, version: 1, createdAt });
      await audit(tx, actor, { action: 'project.created', subjectId: id, at: createdAt });
    });
    return this.get(actor, id);
  }

  /** @throws NotFound */
  async get(actor: Actor, id: string): Promise<Project> {
    const project = await findByKey(this.db, Project, { workspaceId: actor.workspaceId, id });
    if (!project) throw new NotFound('project');
    return project;
  }

  async list(actor: Actor, query: SearchQuery): Promise<Page<Project>> {
    const list = readPage(query, PROJECT_LIST);
    const found = await listProjects(this.db.manager, actor, list);
    return page(found, list.limit, creationKey, list.sort);
  }

  /** @throws NotFound, VersionMismatch, Forbidden for a `linkDomain` of a member, RuleViolation as `create`, and `link_domain_not_accepted` */
  async change(actor: Actor, id: string, changes: ProjectChange, ifVersion: IfVersion): Promise<Project> {
    const { name, url, externalRef, linkDomain } = changes;
    await this.get(actor, id); // whoever may not see it has nothing looked up
    if (linkDomain !== undefined && !isManager(actor.role)) throw new Forbidden('Only a manager or an owner may say what links stand under.');
    const links = linkDomain === undefined ? undefined : await this.links.columnsOf(linkDomain);
    const domain = url === undefined ? undefined : await this.sites.admit(url);
    await transact(this.db, async (tx) => {
      const row = { table: 'projects', thing: 'project', workspaceId: actor.workspaceId, id, ifVersion };
      const linkColumns = links && { link_domain: links.linkDomain, link_domain_verified_at: links.linkDomainVerifiedAt };
      await changeRow(tx, row, { name, url, domain, external_ref: externalRef, ...linkColumns });
      await audit(tx, actor, { action: 'project.changed', subjectId: id, at: this.clock.now(), details: { fields: Object.keys(changes) } });
    });
    if (links) this.links.changed();
    return this.get(actor, id);
  }
}
