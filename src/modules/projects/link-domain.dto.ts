import { IsString, Matches, MaxLength } from 'class-validator';

export class LinkProofQuery {
  /** Whatever the asker made up. */
  @IsString() @MaxLength(100) @Matches(/^[\w-]+$/, { message: 'must be letters, digits, - and _' }) challenge!: string;
}
