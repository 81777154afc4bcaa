import { IsBoolean, IsIn, IsOptional, IsString, IsUUID, Length, ValidateBy } from 'class-validator';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { IsInstant } from '../../platform/http/input/is-instant.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import { ApiProperty } from '@nestjs/swagger';
import { AGREED_RELS, type AgreedRel } from '../../domain/agreement-rules.js';
import { BACKLINK_STATES, type BacklinkState } from '../../domain/machines/backlink.js';
import { ATTESTED, type Attested } from './attested.js';

/** `any`, or a list of what is accepted, each once. */
function IsAcceptedRel(): PropertyDecorator {
  return ValidateBy({
    name: 'isAcceptedRel',
    validator: {
      validate: (value: unknown) =>
        value === 'any' ||
        (Array.isArray(value) &&
          value.length > 0 &&
          value.length <= AGREED_RELS.length &&
          value.every((one) => AGREED_RELS.some((rel) => rel === one))),
      defaultMessage: () => `must be "any" or a list of ${AGREED_RELS.join(', ')}`,
    },
  });
}

export class ReportBacklinkRequest {
  /** Address of the page that bears the link; http or https, on the public internet. */
  @IsString() @Length(1, 2048) sourceUrl!: string;
  /** The page of yours that it links to: a target page, or any page of a project's domain. */
  @IsString() @Length(1, 2048) targetUrl!: string;
  /** The opportunity that it came from. */
  @IsOptional() @IsUUID() opportunityId?: string;
  /** Only needed when two projects have the same domain. */
  @IsOptional() @IsUUID() projectId?: string;
  /** Words that the link should have. */
  @IsOptional() @IsString() @OneLine() @Length(1, 300) expectedAnchor?: string;
  /** Accepted rel values, `follow` for a link without any of them; `any` by default. */
  @ApiProperty({
    required: false,
    oneOf: [
      { type: 'string', enum: ['any'] },
      { type: 'array', items: { type: 'string', enum: [...AGREED_RELS] }, minItems: 1, maxItems: 4 },
    ],
  })
  @IfGiven()
  @IsAcceptedRel()
  expectedRel?: 'any' | AgreedRel[];
  /** Your own key for it, unique in the workspace. */
  @IsOptional() @IsString() @OneLine() @Length(1, 200) externalRef?: string;
}

export class ChangeBacklinkRequest {
  /** The page has moved: it is checked at once, id and history stay. */
  @IfGiven() @IsString() @Length(1, 2048) sourceUrl?: string;
  /** Null for any words. */
  @IsOptional() @IsString() @OneLine() @Length(1, 300) expectedAnchor?: string | null;
  /** As in a report. */
  @ApiProperty({
    required: false,
    oneOf: [
      { type: 'string', enum: ['any'] },
      { type: 'array', items: { type: 'string', enum: [...AGREED_RELS] }, minItems: 1, maxItems: 4 },
    ],
  })
  @IfGiven()
  @IsAcceptedRel()
  expectedRel?: 'any' | AgreedRel[];
  /** Counts for the success of its opportunity. */
  @IfGiven() @IsBoolean() required?: boolean;
  /** Watched daily, as paid ones are. */
  @IfGiven() @IsBoolean() topValue?: boolean;
  /** Null clears it. */
  @IsOptional() @IsString() @OneLine() @Length(1, 200) externalRef?: string | null;
}

export class MoveBacklinkRequest {
  @IsIn(BACKLINK_STATES) to!: BacklinkState;
  @IsOptional() @IsString() @Length(1, 500) reason?: string;
  /** The address of the page, for a step to `reported`. */
  @IsOptional() @IsString() @Length(1, 2048) sourceUrl?: string;
}

export class AttestBacklinkRequest {
  /** What you saw with your own eyes. */
  @IsIn(ATTESTED) outcome!: Attested;
  /** How you looked, and what there was. */
  @IsString() @Length(1, 5000) note!: string;
  /** Until when your word stands: 30 days from now at most. */
  @IsInstant() expiresAt!: string;
}
