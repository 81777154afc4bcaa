import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { MACHINES } from '../../domain/machines/all-machines.js';
import { Requires } from '../../platform/auth/permissions.decorator.js';
import { MachineResponse } from './state-machines.dto.js';

@ApiTags('meta')
@ApiBearerAuth()
@Controller('meta/state-machines')
export class StateMachinesController {
  /** The five state machines as tables: every edge with who may take it and on which event. */
  @Get()
  @Requires('opportunities:read')
  list(): MachineResponse[] {
    return Object.values(MACHINES).map((machine) => MachineResponse.from(machine));
  }
}
