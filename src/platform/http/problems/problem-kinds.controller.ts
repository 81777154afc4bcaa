import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { NotFound } from '../../../domain/errors.js';
import { isProblemCode, PROBLEM_CODES, type ProblemCode, PROBLEMS, problemTitle } from '../../../domain/problem-catalogue.js';
import { Public } from '../../auth/permissions.decorator.js';
import { ProblemKindList, ProblemKindResponse } from './problem-kinds.dto.js';

/** What the `type` of every problem leads to (RFC 9457 section 3.1.1). It stands outside of the API's prefix, as those addresses do. */
@ApiTags('meta')
@Public(true)
@Controller('problems')
export class ProblemKindsController {
  /** Every kind of problem that an answer may be. */
  @Get()
  list(): ProblemKindList {
    return { data: PROBLEM_CODES.map(kindOf) };
  }

  /** What one code means. */
  @Get(':code')
  get(@Param('code') code: string): ProblemKindResponse {
    if (!isProblemCode(code)) throw new NotFound('kind of problem');
    return kindOf(code);
  }
}

function kindOf(code: ProblemCode): ProblemKindResponse {
  return { code, title: problemTitle(code), ...PROBLEMS[code] };
}
