import { IsUUID } from 'class-validator';
import { IfGiven } from '../../../platform/http/input/if-given.decorator.js';
import type { RecordField } from '../../../domain/record-types.js';

/** What something is about: exactly one of these. */
export class OnRecord implements Partial<Record<RecordField, string>> {
  /** Exactly one of these ids is given: what it is about. */
  @IfGiven() @IsUUID() projectId?: string;
  @IfGiven() @IsUUID() campaignId?: string;
  @IfGiven() @IsUUID() prospectId?: string;
  @IfGiven() @IsUUID() contactId?: string;
  @IfGiven() @IsUUID() opportunityId?: string;
  @IfGiven() @IsUUID() enrollmentId?: string;
  @IfGiven() @IsUUID() messageId?: string;
  @IfGiven() @IsUUID() threadId?: string;
  @IfGiven() @IsUUID() pitchId?: string;
  @IfGiven() @IsUUID() backlinkId?: string;
}
