import { Module } from '@nestjs/common';
import { SandboxController } from './http/operations/sandbox.controller.js';

/** Part of the application only with SANDBOX=true. */
@Module({ controllers: [SandboxController] })
export class SandboxModule {}
