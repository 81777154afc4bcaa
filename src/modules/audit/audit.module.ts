import { Module } from '@nestjs/common';
import { describeReferences } from '../../platform/http/lists/references.js';
import { AuditLogController } from './audit-log.controller.js';
import { AuditLog } from './audit-log.service.js';

describeReferences({ actorId: { table: 'members', thing: 'member' }, keyId: { table: 'api_keys', thing: 'API key' } });

@Module({ controllers: [AuditLogController], providers: [AuditLog] })
export class AuditModule {}
