import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { describeConstraints } from '../../platform/http/problems/constraint-problems.js';
import { Campaign } from './campaign.entity.js';
import { CampaignsController } from './campaigns.controller.js';
import { Campaigns } from './campaigns.service.js';

describeConstraints({
  campaigns_external_ref_key: { status: 409, code: 'external_ref_taken', detail: 'Another campaign has this externalRef.' },
});

@Module({
  imports: [TypeOrmModule.forFeature([Campaign])],
  controllers: [CampaignsController],
  providers: [Campaigns],
  exports: [Campaigns],
})
export class CampaignsModule {}
