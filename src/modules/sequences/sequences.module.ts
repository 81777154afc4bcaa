import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { TemplatesModule } from '../templates/templates.module.js';
import { SequenceUpgrades } from './sequence-upgrades.service.js';
import { Sequence } from './sequence.entity.js';
import { SequenceVersion } from './sequence-version.entity.js';
import { SequencesController } from './sequences.controller.js';
import { Sequences } from './sequences.service.js';
import { Starters } from './starters.service.js';
import { VariantReports } from './variant-reports.service.js';
import { VariantRetirements } from './variant-retirements.service.js';

@Module({
  imports: [PipelineModule, TemplatesModule, TypeOrmModule.forFeature([Sequence, SequenceVersion])],
  controllers: [SequencesController],
  providers: [Sequences, SequenceUpgrades, Starters, VariantReports, VariantRetirements],
  exports: [Sequences, Starters],
})
export class SequencesModule {}
