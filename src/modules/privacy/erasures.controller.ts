import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { ContactMerges } from './contact-merges.service.js';
import { EraseContactRequest, ErasedContactResponse, MergeContactRequest, MergedContactResponse } from './erasures.dto.js';
import { Erasures } from './erasures.service.js';

@ApiTags('contacts')
@ApiBearerAuth()
@Controller('contacts')
export class ErasuresController {
  constructor(
    private readonly erasures: Erasures,
    private readonly merges: ContactMerges,
  ) {}

  /**
   * Merge a contact into another one who is the same person. Mails, enrollments, notes, tasks and sites go along; who stopped mail to one
   * address has stopped it to both. The old id and the old address lead to the one who stays. Cannot be taken back.
   */
  @Post(':id/merge')
  @HttpCode(200)
  @Requires('prospects:write')
  @Problems('outside_border', 'same_contact', 'contact_erased', 'contact_merged', 'both_in_sequence')
  async merge(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: MergeContactRequest,
  ): Promise<MergedContactResponse> {
    await this.merges.merge(actor, id, body.intoContactId);
    return { contactId: id, mergedIntoId: body.intoContactId };
  }

  /**
   * Erase a person: their data, their mails and their name in the words of others, for good. Sequences to them stop; they are
   * never mailed and never stored again. Managers and owners, with a reason. Once more changes nothing.
   */
  @Post(':id/erase')
  @HttpCode(200)
  @Requires('prospects:erase')
  @Problems('outside_border', 'mail_under_way')
  async erase(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: EraseContactRequest,
  ): Promise<ErasedContactResponse> {
    return { contactId: id, erasedAt: (await this.erasures.erase(actor, id, body.reason)).toISOString() };
  }
}
