import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Sequence } from './sequence.entity.js';
import { SequenceVersion } from './sequence-version.entity.js';
import { SequencesController } from './sequences.controller.js';
import { Sequences } from './sequences.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Sequence, SequenceVersion])],
  controllers: [SequencesController],
  providers: [Sequences],
  exports: [Sequences],
})
export class SequencesModule {}
