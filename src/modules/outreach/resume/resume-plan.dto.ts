export class ResumeDayResponse {
  /** By the clock of the workspace. */
  day!: string;
  mails!: number;
}

export class ResumePlanResponse {
  /** Mails and steps that were due. */
  overdue!: number;
  /** Of these, follow-ups that are skipped. */
  tooLate!: number;
  /** When the others can leave, by the limits of a day; other campaigns in the same mailboxes make it later. */
  days!: ResumeDayResponse[];
}
