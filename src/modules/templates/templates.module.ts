import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { describeConstraints } from '../../platform/http/problems/constraint-problems.js';
import { TemplateThread } from '../../platform/templates/template-thread.js';
import { Template } from './template.entity.js';
import { TemplatePreviews } from './template-preview.service.js';
import { TemplateRenderer } from './template-renderer.service.js';
import { TemplateVersion } from './template-version.entity.js';
import { TemplatesController } from './templates.controller.js';
import { Templates } from './templates.service.js';

describeConstraints({
  templates_external_ref_key: { status: 409, code: 'external_ref_taken', detail: 'Another template has this externalRef.' },
});

@Module({
  imports: [TypeOrmModule.forFeature([Template, TemplateVersion])],
  controllers: [TemplatesController],
  providers: [Templates, TemplateRenderer, TemplatePreviews, TemplateThread],
  exports: [Templates, TemplateRenderer, TemplateThread],
})
export class TemplatesModule {}
