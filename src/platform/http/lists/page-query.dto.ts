import { ApiHideProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsObject, IsOptional, IsString, Length, Max, MaxLength, Min, MinLength } from 'class-validator';
import { IfGiven } from '../input/if-given.decorator.js';
import type { QueryObject } from '../input/query-string.js';

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 100;

/** What every list takes. A list with parameters of its own extends it; `readPage` says which sorts and filters it knows. */
export class PageQuery {
  /** How many at most. */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT, description: 'How many at most.' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value))
  @IsInt()
  @Min(1)
  @Max(MAX_LIMIT)
  limit: number = DEFAULT_LIMIT;

  /** The `nextCursor` of the page before. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(2000)
  after?: string;

  /** A field to sort by, with a minus for the last first, as in `-createdAt`. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  sort?: string;

  /** `exact` counts all that the filters let through, which takes the longer the more there are; `estimate` asks the database's planner. */
  @ApiPropertyOptional({
    enum: ['exact', 'estimate'],
    description: 'Adds `total` to the answer: counted, or guessed by the planner, which is quick.',
  })
  @IfGiven()
  @IsIn(['exact', 'estimate'])
  count?: 'exact' | 'estimate';

  /** Filled from `filter[field]=…`; documented route by route with @ApiFilters. */
  @ApiHideProperty()
  @IsOptional()
  @IsObject()
  filter?: QueryObject;
}

/** A list that can be searched by text. */
export class SearchQuery extends PageQuery {
  /** A text that must stand in the name, domain, address or subject, whatever the list shows; capitals do not matter. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  q?: string;
}
