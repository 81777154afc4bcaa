/** One thing at fault. Some codes say more of it, in members of their own. */
export class ProblemError {
  /** JSON pointer into the body, `?name` for a query parameter, `{name}` for a part of the path, or the name of a header; absent where no field of the request is to blame. */
  pointer?: string;
  /** What is wrong with it. */
  detail!: string;
}

/** Every error answer (RFC 9457). Facts of a code, such as `allowed`, stand beside these members. */
export class Problem {
  /** Address of the kind of problem, relative to the server. */
  type!: string;
  /** The code in words. */
  title!: string;
  /** The HTTP status. */
  status!: number;
  /** What happened, for a person. */
  detail!: string;
  /** The path that was asked for. */
  instance!: string;
  /** What happened, for a program: never changes. */
  code!: string;
  /** The fields at fault, when there are such. */
  errors?: ProblemError[];
}
