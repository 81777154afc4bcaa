import { ArrayMaxSize, IsArray, IsOptional, IsString, IsUUID, Length, MaxLength } from 'class-validator';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import type { Project } from './project.entity.js';
import type { TargetPage } from './target-page.entity.js';

export class CreateProjectRequest {
  @IsString() @OneLine() @Length(1, 200) name!: string;
  /** Address of the site that links are built for; its domain is derived. */
  @IsString() @Length(1, 2048) url!: string;
  /** Your own id of it; unique among projects. */
  @IsOptional() @IsString() @OneLine() @Length(1, 200) externalRef?: string | null;
}

export class ChangeProjectRequest {
  @IfGiven() @IsString() @OneLine() @Length(1, 200) name?: string;
  @IfGiven() @IsString() @Length(1, 2048) url?: string;
  @IsOptional() @IsString() @OneLine() @Length(1, 200) externalRef?: string | null;
  /** Managers only: host name that links in mails stand under, as in links.your-domain.com. Tried at once: until it leads here, and when null, links stand under PUBLIC_URL. Send it again to try again. */
  @IsOptional() @IsString() @OneLine() @Length(1, 260) linkDomain?: string | null;
}

export class ProjectResponse {
  id!: string;
  version!: number;
  name!: string;
  url!: string;
  /** Registrable domain in punycode; host:port of an inner site. */
  domain!: string;
  externalRef!: string | null;
  /** A mailbox may have one of its own, which goes before. */
  linkDomain!: string | null;
  /** When it answered as ours; null: it is not used yet. */
  linkDomainVerifiedAt!: string | null;
  createdAt!: string;

  static from(row: Project): ProjectResponse {
    const { id, version, name, url, domain, externalRef, linkDomain, linkDomainVerifiedAt: verifiedAt, createdAt } = row;
    const linkDomainVerifiedAt = verifiedAt?.toISOString() ?? null;
    return { id, version, name, url, domain, externalRef, linkDomain, linkDomainVerifiedAt, createdAt: createdAt.toISOString() };
  }
}

export class ProjectPage {
  data!: ProjectResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}

/** The two ids in the path of a target page. */
export class TargetPagePath {
  @IsUUID() projectId!: string;
  @IsUUID() id!: string;
}

export class CreateTargetPageRequest {
  @IsString() @Length(1, 2048) url!: string;
  @IsOptional() @IsString() @OneLine() @MaxLength(300) title?: string | null;
  /** Anchor texts you would like to see, the dearest first. */
  @IsOptional() @IsArray() @ArrayMaxSize(50) @IsString({ each: true }) @OneLine({ each: true }) @Length(1, 300, { each: true }) anchors?: string[];
}

export class ChangeTargetPageRequest {
  @IfGiven() @IsString() @Length(1, 2048) url?: string;
  @IsOptional() @IsString() @OneLine() @MaxLength(300) title?: string | null;
  @IfGiven() @IsArray() @ArrayMaxSize(50) @IsString({ each: true }) @OneLine({ each: true }) @Length(1, 300, { each: true }) anchors?: string[];
}

export class TargetPageResponse {
  id!: string;
  version!: number;
  projectId!: string;
  url!: string;
  title!: string | null;
  anchors!: string[];
  createdAt!: string;

  static from(row: TargetPage): TargetPageResponse {
    const { id, version, projectId, url, title, anchors, createdAt } = row;
    return { id, version, projectId, url, title, anchors, createdAt: createdAt.toISOString() };
  }
}

export class TargetPagePage {
  data!: TargetPageResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
