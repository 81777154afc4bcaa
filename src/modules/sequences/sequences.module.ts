import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { SequenceUpgrades } from './sequence-upgrades.service.js';
import { Sequence } from './sequence.entity.js';
import { SequenceVersion } from './sequence-version.entity.js';
import { SequencesController } from './sequences.controller.js';
import { Sequences } from './sequences.service.js';
import { VariantReports } from './variant-reports.service.js';

@Module({
  imports: [PipelineModule, TypeOrmModule.forFeature([Sequence, SequenceVersion])],
  controllers: [SequencesController],
  providers: [Sequences, SequenceUpgrades, VariantReports],
  exports: [Sequences],
})
export class SequencesModule {}
