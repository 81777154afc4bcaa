import { IsOptional, IsString, IsUUID, MaxLength, MinLength } from 'class-validator';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import type { TemplatePreview } from './template-preview.service.js';
import type { TemplateRow, TemplateSummaryRow } from './templates.queries.js';
import type { TemplateVersion } from './template-version.entity.js';

export class CreateTemplateRequest {
  @IsString() @OneLine() @MinLength(1) @MaxLength(200) name!: string;
  /** Handlebars: `{{contact.firstName}}`, `{{fallback contact.firstName "there"}}`, `{{#if prospect.name}}…{{/if}}`. */
  @IsString() @MinLength(1) @MaxLength(998) subject!: string;
  @IsString() @MinLength(1) @MaxLength(65_536) text!: string;
  /** Made from the text when absent. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(65_536) html?: string | null;
  /** Your own id for it, unique among templates. */
  @IsOptional() @IsString() @OneLine() @MinLength(1) @MaxLength(200) externalRef?: string | null;
}

/** A change of subject, text or html makes a new version; mails already planned keep theirs. */
export class ChangeTemplateRequest {
  @IfGiven() @IsString() @OneLine() @MinLength(1) @MaxLength(200) name?: string;
  @IfGiven() @IsString() @MinLength(1) @MaxLength(998) subject?: string;
  /** Another text without `html` replaces both parts. Left out where another `html` is given: made from it. */
  @IfGiven() @IsString() @MinLength(1) @MaxLength(65_536) text?: string;
  /** Null: made from the text. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(65_536) html?: string | null;
  @IsOptional() @IsString() @OneLine() @MinLength(1) @MaxLength(200) externalRef?: string | null;
}

/** Whom and what the mail would be about. Whatever is left out has no values. */
export class PreviewTemplateRequest {
  @IsOptional() @IsUUID() contactId?: string | null;
  @IsOptional() @IsUUID() opportunityId?: string | null;
  /** Only needed without an opportunity, which has its own. */
  @IsOptional() @IsUUID() campaignId?: string | null;
  /** The sender; the first mailbox of the campaign when absent. */
  @IsOptional() @IsUUID() mailboxId?: string | null;
}

export class TemplateSummary {
  id!: string;
  version!: number;
  name!: string;
  subject!: string;
  currentVersionId!: string;
  /** 1 for the first text, one more with each change of it. */
  versionNumber!: number;
  externalRef!: string | null;
  createdAt!: string;

  static from(row: TemplateSummaryRow): TemplateSummary {
    return summaryOf(row);
  }
}

export class TemplateResponse extends TemplateSummary {
  text!: string;
  /** Null: made from the text. */
  html!: string | null;

  static override from(row: TemplateRow): TemplateResponse {
    return { ...summaryOf(row), text: row.text, html: row.html };
  }
}

export class TemplateList {
  data!: TemplateSummary[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}

export class TemplateVariableResponse {
  /** As it is written between two braces. */
  name!: string;
  description!: string;
  /** A value that it may have. */
  example!: string;
}

export class TemplateHelperResponse {
  name!: string;
  description!: string;
  /** As it is written in a template. */
  example!: string;
}

export class TemplateLanguage {
  variables!: TemplateVariableResponse[];
  helpers!: TemplateHelperResponse[];
}

export class TemplateVersionResponse {
  id!: string;
  /** Always 1: a version never changes. */
  version!: number;
  number!: number;
  subject!: string;
  text!: string;
  html!: string | null;
  createdAt!: string;

  static from(row: Omit<TemplateVersion, 'workspaceId' | 'templateId'>): TemplateVersionResponse {
    const { id, number, subject, text, html } = row;
    return { id, version: 1, number, subject, text, html, createdAt: row.createdAt.toISOString() };
  }
}

export class TemplateVersionList {
  data!: TemplateVersionResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}

export class PreviewFindingResponse {
  code!: string;
  /** `error`: the preflight refuses the start of a campaign whose first mail it is. */
  severity!: 'error' | 'warning';
  detail!: string;
}

/** The mail as it would be sent. Its parts are null while it could not be sent: `missing` is not empty, or it is too long. */
export class TemplatePreviewResponse {
  versionId!: string;
  subject!: string | null;
  text!: string | null;
  html!: string | null;
  /** Variables without a value and without a fallback, such as `contact.firstName`. */
  missing!: string[];
  tooLong!: boolean;
  /** What looks as if somebody meant to fill it in: `[NAME]`, `XXX`. */
  placeholders!: string[];
  /** What the preflight would say of it as the first mail of a sequence, such as `misleading_subject`, `many_links`, `remote_image`, `postal_address_missing`. */
  findings!: PreviewFindingResponse[];

  static from(preview: TemplatePreview): TemplatePreviewResponse {
    return { ...preview, missing: [...preview.missing], placeholders: [...preview.placeholders], findings: preview.findings.map((finding) => ({ ...finding })) };
  }
}

function summaryOf(row: TemplateSummaryRow) {
  const { id, version, name, subject, currentVersionId, versionNumber, externalRef } = row;
  return { id, version, name, subject, currentVersionId, versionNumber, externalRef, createdAt: row.createdAt.toISOString() };
}
