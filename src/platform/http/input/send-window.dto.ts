import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { RuleViolation } from '../../../domain/errors.js';
import { type DaySpan, isEmptyWindow, type SendWindow, WINDOW_TIME } from '../../../domain/send-window.js';
import { IfGiven } from './if-given.decorator.js';
import { IsZone } from './is-zone.decorator.js';
import { Nested, NestedList } from './nested.decorator.js';

const IS_TIME = { message: 'must be a time such as 09:00' };

export class DaySpanRequest {
  /** Included. */
  @IsString() @Matches(WINDOW_TIME, IS_TIME) from!: string;
  /** Not included; 24:00 is the end of the day. */
  @IsString() @Matches(WINDOW_TIME, IS_TIME) to!: string;
}

/** Weekdays, 1 Monday to 7 Sunday, with hours of their own. None: closed on that day. */
export class WeekHoursRequest {
  @IfGiven() @IsArray() @ArrayMaxSize(10) @NestedList(() => DaySpanRequest) '1'?: DaySpanRequest[];
  @IfGiven() @IsArray() @ArrayMaxSize(10) @NestedList(() => DaySpanRequest) '2'?: DaySpanRequest[];
  @IfGiven() @IsArray() @ArrayMaxSize(10) @NestedList(() => DaySpanRequest) '3'?: DaySpanRequest[];
  @IfGiven() @IsArray() @ArrayMaxSize(10) @NestedList(() => DaySpanRequest) '4'?: DaySpanRequest[];
  @IfGiven() @IsArray() @ArrayMaxSize(10) @NestedList(() => DaySpanRequest) '5'?: DaySpanRequest[];
  @IfGiven() @IsArray() @ArrayMaxSize(10) @NestedList(() => DaySpanRequest) '6'?: DaySpanRequest[];
  @IfGiven() @IsArray() @ArrayMaxSize(10) @NestedList(() => DaySpanRequest) '7'?: DaySpanRequest[];
}

/** When mails may leave. */
export class SendWindowRequest {
  /** Such as Europe/Lisbon; when absent the recipient's own, and for a mailbox that of the workspace. */
  @IsOptional() @IsString() @MaxLength(64) @IsZone() timeZone?: string | null;
  /** 1 Monday to 7 Sunday. */
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(7) @ArrayUnique() @IsInt({ each: true }) @Min(1, { each: true }) @Max(7, { each: true }) days!: number[];
  /** Included. */
  @IsString() @Matches(WINDOW_TIME, IS_TIME) from!: string;
  /** Not included; 24:00 is the end of the day. */
  @IsString() @Matches(WINDOW_TIME, IS_TIME) to!: string;
  /** In place of days, from and to on the weekdays it names. */
  @IfGiven() @Nested(() => WeekHoursRequest) hours?: WeekHoursRequest;
  /** Open on public holidays of the recipient's country too; closed on them unless given. */
  @IfGiven() @IsBoolean() onHolidays?: boolean;
}

export class DaySpanResponse {
  from!: string;
  to!: string;
}

export class WeekHoursResponse {
  '1'?: DaySpanResponse[];
  '2'?: DaySpanResponse[];
  '3'?: DaySpanResponse[];
  '4'?: DaySpanResponse[];
  '5'?: DaySpanResponse[];
  '6'?: DaySpanResponse[];
  '7'?: DaySpanResponse[];
}

export class SendWindowResponse {
  /** Absent: the recipient's own. */
  timeZone?: string;
  days!: number[];
  from!: string;
  to!: string;
  /** Weekdays with hours of their own. */
  hours?: WeekHoursResponse;
  onHolidays?: boolean;

  static from(window: SendWindow | null): SendWindowResponse | null {
    if (window === null) return null;
    const { hours, ...rest } = window;
    return { ...rest, days: [...window.days], ...(hours && { hours: ownDays(hours) }) };
  }
}

/** The window as it is stored. @throws RuleViolation `empty_window` */
export function toSendWindow(input: SendWindowRequest | null): SendWindow | null {
  if (input === null) return null;
  const { timeZone, days, from, to, hours, onHolidays } = input;
  const window: SendWindow = {
    ...{ ...(timeZone && { timeZone }), days: [...days].sort((a, b) => a - b), from, to },
    ...{ ...(hours && { hours: ownDays(hours) }), ...(onHolidays && { onHolidays }) },
  };
  if (!isEmptyWindow(window)) return window;
  throw RuleViolation.at(
    '/window/to',
    'empty_window',
    'A window ends later than it begins, on the same day, and is open on some day; so is each part of a day.',
  );
}

function ownDays(hours: Readonly<Record<string, readonly DaySpan[] | undefined>> | WeekHoursRequest): Record<string, { from: string; to: string }[]> {
  const days = Object.entries(hours) as [string, readonly DaySpan[] | undefined][];
  return Object.fromEntries(days.flatMap(([day, spans]) => (spans ? [[day, spans.map(({ from, to }) => ({ from, to }))]] : [])));
}
