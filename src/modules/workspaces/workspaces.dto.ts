import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { IsZone } from '../../platform/http/input/is-zone.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import type { Workspace } from './workspace.entity.js';

export class CreateWorkspaceRequest {
  @IsString()
  @OneLine()
  @Length(1, 200)
  name!: string;
}

export class ChangeWorkspaceRequest {
  @IfGiven()
  @IsString()
  @OneLine()
  @Length(1, 200)
  name?: string;

  /** IANA name, such as Europe/Lisbon: the days of limits and reports. */
  @IfGiven()
  @IsZone()
  @MaxLength(64)
  timeZone?: string;

  /** Stands in every commercial mail; without it no campaign starts, unless `addressRule` says otherwise. Null clears it. */
  @IsOptional()
  @IsString()
  @Length(1, 500)
  postalAddress?: string | null;

  /** Whether a campaign needs the postal address: always, or never where no law that you are under asks for it. */
  @IfGiven()
  @IsIn(['always', 'never'])
  addressRule?: 'always' | 'never';

  /** Days for which a site stays with the colleague who wrote to it last. */
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(3650)
  contactGuardDays?: number;

  /** Whether an answer ends the sequences of everyone at the site, not only of its writer. */
  @IfGiven()
  @IsBoolean()
  replyStopsSite?: boolean;

  /** Mails in a day from all mailboxes on one domain of yours together; null is no limit. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  senderDomainPerDay?: number | null;

  /** Mails in a day to one domain, hosts of free mail excepted; null is no limit. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  recipientDomainPerDay?: number | null;

  /** Mails in a day to one host of free mail, such as gmail.com; null is no limit. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  freeMailHostPerDay?: number | null;

  /** Checks in a row that must miss a link before it counts as lost; a page that is gone (404, 410) needs two. */
  @IfGiven()
  @IsInt()
  @Min(2)
  @Max(10)
  lostAfterChecks?: number;

  /** Hours that these checks must span. */
  @IfGiven()
  @IsInt()
  @Min(6)
  @Max(336)
  lostAfterHours?: number;

  /** A link to the target with one slash more or less at its end is the agreed link. */
  @IfGiven()
  @IsBoolean()
  linkIgnoreSlash?: boolean;

  /** A link to the target with `www.` more or less is the agreed link. */
  @IfGiven()
  @IsBoolean()
  linkIgnoreWww?: boolean;
}

export class WorkspaceResponse {
  id!: string;
  version!: number;
  name!: string;
  timeZone!: string;
  postalAddress!: string | null;
  addressRule!: 'always' | 'never';
  contactGuardDays!: number;
  replyStopsSite!: boolean;
  senderDomainPerDay!: number | null;
  recipientDomainPerDay!: number | null;
  freeMailHostPerDay!: number | null;
  lostAfterChecks!: number;
  lostAfterHours!: number;
  linkIgnoreSlash!: boolean;
  linkIgnoreWww!: boolean;
  createdAt!: string;

  static from(workspace: Workspace): WorkspaceResponse {
    const { id, version, name, timeZone, postalAddress, addressRule, contactGuardDays, replyStopsSite } = workspace;
    const { senderDomainPerDay, recipientDomainPerDay, freeMailHostPerDay, lostAfterChecks, lostAfterHours } = workspace;
    const { linkIgnoreSlash, linkIgnoreWww } = workspace;
    return {
      ...{ id, version, name, timeZone, postalAddress, addressRule, contactGuardDays, replyStopsSite },
      ...{ senderDomainPerDay, recipientDomainPerDay, freeMailHostPerDay, lostAfterChecks, lostAfterHours },
      ...{ linkIgnoreSlash, linkIgnoreWww },
      createdAt: workspace.createdAt.toISOString(),
    };
  }
}
