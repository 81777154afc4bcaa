import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { describeConstraints } from '../../platform/http/problems/constraint-problems.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { SuppressionsModule } from '../suppressions/suppressions.module.js';
import { BulkProspects } from './bulk-prospects.service.js';
import { Contact } from './contact.entity.js';
import { ContactsController } from './contacts.controller.js';
import { Contacts } from './contacts.service.js';
import { Prospect } from './prospect.entity.js';
import { ProspectsController } from './prospects.controller.js';
import { Prospects } from './prospects.service.js';

describeConstraints({
  prospects_external_ref_key: { status: 409, code: 'external_ref_taken', detail: 'Another prospect has this externalRef already.' },
  contacts_external_ref_key: { status: 409, code: 'external_ref_taken', detail: 'Another contact has this externalRef already.' },
});

@Module({
  imports: [TypeOrmModule.forFeature([Prospect, Contact]), ProjectsModule, SuppressionsModule],
  controllers: [ProspectsController, ContactsController],
  providers: [BulkProspects, Prospects, Contacts],
  exports: [Prospects, Contacts],
})
export class ProspectsModule {}
