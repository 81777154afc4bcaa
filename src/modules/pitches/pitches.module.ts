import { Module } from '@nestjs/common';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { PitchDraftsController } from './pitch-drafts.controller.js';
import { PitchDrafts } from './pitch-drafts.service.js';
import { PitchesController } from './pitches.controller.js';
import { Pitches } from './pitches.service.js';

@Module({
  imports: [PipelineModule],
  controllers: [PitchesController, PitchDraftsController],
  providers: [Pitches, PitchDrafts],
  exports: [Pitches],
})
export class PitchesModule {}
