import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProjectsModule } from '../projects/projects.module.js';
import { SuppressionsModule } from '../suppressions/suppressions.module.js';
import { Contact } from './contact.entity.js';
import { Prospect } from './prospect.entity.js';
import { Prospects } from './prospects.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Prospect, Contact]), ProjectsModule, SuppressionsModule],
  providers: [Prospects],
  exports: [Prospects],
})
export class ProspectsModule {}
