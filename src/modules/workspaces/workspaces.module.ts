import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { HandOvers } from './hand-overs.service.js';
import { MemberChanges } from './member-changes.service.js';
import { MembersController } from './members.controller.js';
import { Members } from './members.service.js';
import { OpenWork } from './open-work.service.js';
import { OwnerNotices } from './owner-notices.service.js';
import { Workspace } from './workspace.entity.js';
import { WorkspacesController } from './workspaces.controller.js';
import { Workspaces } from './workspaces.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Workspace])],
  controllers: [WorkspacesController, MembersController],
  providers: [Workspaces, Members, OpenWork, MemberChanges, HandOvers, OwnerNotices],
  exports: [Workspaces, Members, OpenWork, MemberChanges, OwnerNotices],
})
export class WorkspacesModule {}
