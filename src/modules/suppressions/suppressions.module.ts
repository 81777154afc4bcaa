import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { OptOutReplay } from './opt-out-replay.service.js';
import { Suppression } from './suppression.entity.js';
import { SuppressionsController } from './suppressions.controller.js';
import { Suppressions } from './suppressions.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Suppression]), PipelineModule, ProjectsModule],
  controllers: [SuppressionsController],
  providers: [Suppressions, OptOutReplay],
  exports: [Suppressions, OptOutReplay],
})
export class SuppressionsModule {}
