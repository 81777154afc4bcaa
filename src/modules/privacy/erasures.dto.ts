import { IsString, Length } from 'class-validator';

export class EraseContactRequest {
  /** Why, as in "asked by mail on the 3rd". Kept as a note, without the person's name and address. */
  @IsString() @Length(1, 500) reason!: string;
}

export class ErasedContactResponse {
  contactId!: string;
  erasedAt!: string;
}
