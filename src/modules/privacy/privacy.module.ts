import { Module } from '@nestjs/common';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { SuppressionsModule } from '../suppressions/suppressions.module.js';
import { ContactMerges } from './contact-merges.service.js';
import { ErasuresController } from './erasures.controller.js';
import { Erasures } from './erasures.service.js';

@Module({
  imports: [PipelineModule, SuppressionsModule],
  controllers: [ErasuresController],
  providers: [Erasures, ContactMerges],
})
export class PrivacyModule {}
