import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../platform/auth/actor.js';
import { CurrentActor } from '../../platform/auth/current-actor.decorator.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { ApiFilters, CREATED_AT } from '../../platform/http/lists/filters.js';
import { IfMatch, type IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { SearchQuery } from '../../platform/http/lists/page-query.dto.js';
import { Problems } from '../../platform/http/problems/problems.decorator.js';
import { ChangeContactRequest, ConsentOverrideRequest, ContactPage, ContactResponse, CreateContactRequest } from './contacts.dto.js';
import { Contacts } from './contacts.service.js';
import { Prospects } from './prospects.service.js';

@ApiTags('contacts')
@ApiBearerAuth()
@Controller()
export class ContactsController {
  constructor(
    private readonly contacts: Contacts,
    private readonly prospects: Prospects,
  ) {}

  /** Add a person to a site. A known address again, here or at another site: 200 and the same person, now at this site too, nothing overwritten. */
  @Post('prospects/:id/contacts')
  @Requires('prospects:write')
  @Problems('invalid_email', 'external_ref_taken', 'contact_erased')
  @ApiCreatedResponse({ type: ContactResponse })
  @ApiOkResponse({ type: ContactResponse, description: 'The person was known already.' })
  async create(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) prospectId: string,
    @Body() body: CreateContactRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactResponse> {
    const { contact, created } = await this.prospects.createContact(actor, prospectId, body);
    void reply.status(created ? 201 : 200);
    return ContactResponse.from(await this.contacts.get(actor, contact.id));
  }

  /** The people at a site, the newest first. */
  @Get('prospects/:id/contacts')
  @Requires('prospects:read')
  @ApiFilters('email', 'externalRef', CREATED_AT)
  async listOfProspect(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string, @Query() query: SearchQuery): Promise<ContactPage> {
    const prospect = await this.prospects.get(actor, id);
    const found = await this.contacts.list(actor, query, prospect.id);
    return { ...found, data: found.data.map((row) => ContactResponse.from(row)) };
  }

  /** Contacts, the newest first. */
  @Get('contacts')
  @Requires('prospects:read')
  @ApiFilters('email', 'prospectId', 'externalRef', CREATED_AT)
  async list(@CurrentActor() actor: Actor, @Query() query: SearchQuery): Promise<ContactPage> {
    const found = await this.contacts.list(actor, query);
    return { ...found, data: found.data.map((row) => ContactResponse.from(row)) };
  }

  /** One contact. */
  @Get('contacts/:id')
  @Requires('prospects:read')
  async get(@CurrentActor() actor: Actor, @Param('id', ParseUUIDPipe) id: string): Promise<ContactResponse> {
    return ContactResponse.from(await this.contacts.get(actor, id));
  }

  /** Change a contact. The address stays: add another contact for another one. */
  @Patch('contacts/:id')
  @Requires('prospects:write')
  @Problems('external_ref_taken', 'contact_erased', 'contact_merged')
  async change(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @IfMatch() ifVersion: IfVersion,
    @Body() body: ChangeContactRequest,
  ): Promise<ContactResponse> {
    return ContactResponse.from(await this.contacts.change(actor, id, body, ifVersion));
  }

  /** Answer for it that one person may be written to, where the law of their country asks for consent. There is no way to do it for many at once. */
  @Post('contacts/:id/consent-override')
  @HttpCode(200)
  @Requires('suppressions:remove')
  @Problems('contact_erased', 'contact_merged')
  async overrideConsent(
    @CurrentActor() actor: Actor,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: ConsentOverrideRequest,
  ): Promise<ContactResponse> {
    return ContactResponse.from(await this.contacts.overrideConsent(actor, id, body.reason));
  }
}
