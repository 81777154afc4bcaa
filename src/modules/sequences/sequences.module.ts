import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { TemplatesModule } from '../templates/templates.module.js';
import { Sequence } from './sequence.entity.js';
import { SequenceVersion } from './sequence-version.entity.js';
import { SequencesController } from './sequences.controller.js';
import { Sequences } from './sequences.service.js';
import { Starters } from './starters.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Sequence, SequenceVersion]), TemplatesModule],
  controllers: [SequencesController],
  providers: [Sequences, Starters],
  exports: [Sequences, Starters],
})
export class SequencesModule {}
