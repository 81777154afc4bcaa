import { IsString, IsUUID, Length } from 'class-validator';

export class EraseContactRequest {
  /** Why, as in "asked by mail on the 3rd". Kept as a note, without the person's name and address. */
  @IsString() @Length(1, 500) reason!: string;
}

export class MergeContactRequest {
  /** The contact who stays, and gets all of the history. */
  @IsUUID() intoContactId!: string;
}

export class MergedContactResponse {
  contactId!: string;
  mergedIntoId!: string;
}

export class ErasedContactResponse {
  contactId!: string;
  erasedAt!: string;
}
