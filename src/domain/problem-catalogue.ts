/** What a code of a problem stands for. The codes are public API: never rename one, never give it another status. */
interface ProblemKind {
  readonly status: number;
  /** What has happened and what to do about it, for the one who writes a client. */
  readonly meaning: string;
}

const of = (status: number, meaning: string): ProblemKind => ({ status, meaning });

/** Every `code` that an error of the API may have. Adding an error starts here; the routes that may answer it name it in @Problems. */
export const PROBLEMS = {
  invalid_request: of(400, 'The request does not match openapi.json. `errors` points at each field at fault.'),
  malformed_json: of(400, 'The body is not JSON. `line`, `column` and `offset` say where it stops being JSON.'),
  malformed_request: of(400, 'The bytes that came are no HTTP request.'),
  malformed_text: of(400, 'The body is not UTF-8.'),
  malformed_form: of(400, 'The body is not the multipart form that its Content-Type announces.'),
  malformed_url: of(400, 'The address holds a NUL character, or a % that no code of a UTF-8 character follows.'),
  invalid_cursor: of(400, '`after` is no cursor of this list with this sort. Take `nextCursor` as it came, or begin without it.'),
  invalid_idempotency_key: of(400, '`Idempotency-Key` is a text of 1 to 255 characters, quoted or bare.'),
  invalid_if_match: of(400, '`If-Match` takes one ETag as it was given, as in `"3"`, or `*`.'),

  invalid_totp: of(401, 'The code is wrong or was used before: wait for the next one of your app, or send a recovery code.'),
  login_required: of(401, 'There is an account with the invited address: log in to it first, or send its password.'),
  oidc_flow_expired: of(401, 'This single sign-on was begun too long ago, or in another browser: begin again.'),
  oidc_refused: of(401, 'The provider of single sign-on did not vouch for you. Begin again.'),
  totp_required: of(401, 'The account has a second factor: send the six digits of the app, or a recovery code, as `totp`.'),
  unauthorized: of(401, 'No valid key or session came along. Send `Authorization: Bearer lw_…`, or log in.'),
  invalid_credentials: of(401, 'The address or the password is wrong.'),
  invalid_setup_token: of(401, 'This is not the setup token that the server printed at its start, or that SETUP_TOKEN holds.'),

  confirmation_required: of(
    403,
    'Too long ago that you showed who you are: `POST /auth/confirm` with your password, or log in again, and repeat the call.',
  ),
  forbidden: of(403, 'You are known, but your role or the scopes of your key do not allow this.'),
  bad_origin: of(403, 'A request with a session cookie came from a page of another site. Use a key, or the web UI at its own address.'),
  oidc_not_linked: of(403, 'Nobody here is linked with this identity; e-mail addresses are never compared. Log in with your password and link it.'),
  key_exceeds_yours: of(403, 'The key reaches further than the one you use: a person, or a key that holds all it does, may touch it.'),
  job_rights_ended: of(403, 'Whoever asked for the work may not do it any more. What it did until then stays done.'),
  outside_border: of(403, 'This concerns all projects, and you see only some of them.'),

  not_found: of(404, 'There is nothing at this address, or no such thing in your workspace. `errors` points at an id in the body.'),
  method_not_allowed: of(405, 'The address exists but does not answer this method. `Allow` lists those that it answers.'),

  request_timeout: of(408, 'The request did not arrive in time.'),

  already_exists: of(409, 'Another one with the same value exists already.'),
  already_member: of(409, 'This person belongs to the workspace already.'),
  already_reported: of(409, 'Another backlink has this page and this target.'),
  already_set_up: of(409, 'The installation has an owner already: log in, or ask them for an invitation.'),
  api_key_ended: of(409, 'The key was revoked or has expired, and stays so: make a new one.'),
  campaign_finished: of(409, 'The campaign is finished: nobody can be enrolled any more.'),
  campaign_in_use: of(409, 'There are opportunities in the campaign: the `fields` named were copied to them and cannot change any more.'),
  campaign_started: of(409, 'The campaign has started: the `fields` named cannot change any more.'),
  consent_required: of(409, 'The law of the person’s country asks for a basis or consent that is not known. A manager may answer for one person.'),
  contact_already_in_contact: of(409, 'Somebody is in contact with this person at another site.'),
  contact_blocked: of(409, 'The site asked for no more mail.'),
  contact_erased: of(409, 'This person was erased: nothing can be stored about them.'),
  delivery_in_progress: of(409, 'This delivery is still being tried.'),
  delivery_unknown: of(409, 'Nobody knows whether this mail has left. Say what to do at `/messages/{id}/resolve`.'),
  email_taken: of(409, 'There is a user with this address already.'),
  endpoint_disabled: of(409, 'The webhook endpoint is off. PATCH it with `state: active` first.'),
  external_ref_taken: of(409, 'Another thing of the kind has this `externalRef`. `existing` tells which, where it is known.'),
  idempotency_in_progress: of(409, 'The first call with this Idempotency-Key is still running. Repeat it after `Retry-After` seconds.'),
  idempotency_outcome_unknown: of(
    409,
    'The first call with this Idempotency-Key was cut off. Look whether it was done before you repeat it with another key.',
  ),
  idempotency_rights_changed: of(409, 'You may see less now than when this was done first: read what you may see instead.'),
  illegal_transition: of(409, 'No step leads from the present state to this one, or none that you may take. `allowed` lists what is possible.'),
  invitation_closed: of(409, 'The invitation was accepted or revoked. Invite the address again if you want to.'),
  invitation_expired: of(409, 'The invitation has expired: ask for a new one.'),
  invitation_used: of(409, 'The invitation was accepted already: log in.'),
  last_owner: of(409, 'The workspace would have no owner. Make somebody else an owner first.'),
  message_not_editable: of(409, 'Only a draft can be changed. `state` says where the mail stands.'),
  no_answer_yet: of(409, 'Nobody has answered in this thread yet.'),
  no_password: of(409, 'The account has no password: log in again through single sign-on instead.'),
  nothing_to_check: of(409, 'The link is closed, or no page has been reported for it yet.'),
  oauth_flow_expired: of(409, 'This connection of an account was begun in another session, too long ago, or was used already: begin again.'),
  oidc_linked: of(409, 'You, or this identity, are linked with another one already: take that link away first.'),
  oidc_off: of(409, 'The installation has no single sign-on.'),
  open_work: of(409, 'The member still has open work, listed in `openWork`. Hand it over first.'),
  opportunity_closed: of(409, 'The opportunity is closed: open it again first.'),
  preflight_failed: of(409, 'The campaign cannot start as it is. `errors` and `warnings` are those of the preflight.'),
  reported_elsewhere: of(409, 'This page is watched for this target already, in a project that you do not see.'),
  site_already_in_contact: of(409, 'Somebody works this site already, or wrote to it lately. A manager may override with a reason.'),
  still_in_use: of(409, 'Others still refer to this.'),
  suppressed: of(409, 'This address is not to be mailed.'),
  task_open_already: of(409, 'There is an open task of this kind for the same thing.'),
  too_many_endpoints: of(409, 'The workspace has as many webhook endpoints as it may have.'),
  topic_in_use: of(409, 'Another site has been offered this topic and may still take it.'),
  totp_off: of(409, 'The second factor is not on, or was not begun.'),
  totp_on: of(409, 'The second factor is on already: turn it off before you set up another app.'),
  undeliverable: of(409, 'Mail to this address came back for good.'),

  version_mismatch: of(412, 'The thing has changed since you read it. Read it again, then repeat your change.'),
  body_too_large: of(413, 'The body is larger than this address takes.'),
  unsupported_media_type: of(415, 'This address does not take a body of this Content-Type. `Accept` lists what it takes.'),

  account_details_required: of(422, 'There is no account with the invited address yet: send a name and a password for it.'),
  attestation_expiry: of(422, 'An attestation ends within the next 30 days.'),
  clock_out_of_range: of(422, 'The sandbox clock cannot go further than a hundred years.'),
  contact_not_at_site: of(422, 'The contact does not belong to the site of this opportunity.'),
  delay_too_long: of(422, 'A step of a sequence waits at most about a year.'),
  dkim_key_unusable: of(422, 'A DKIM key is a private RSA key of 1024 bits or more.'),
  duplicate_step_key: of(422, 'Two steps of the sequence have the same key.'),
  empty_window: of(422, 'A sending window ends later than it begins, on the same day.'),
  expires_in_past: of(422, 'The expiry has passed already.'),
  fact_required: of(422, 'The step needs facts that did not come along. `missing` names the fields.'),
  free_mail_domain: of(422, 'Anyone can have an address at this domain: suppress the single addresses instead.'),
  https_required: of(422, 'A webhook endpoint has an https address, unless FETCH_ALLOW_CIDRS opens its host.'),
  idempotency_key_reused: of(422, 'This Idempotency-Key belongs to another call: another address, or another body.'),
  invalid_condition: of(422, 'A condition asks one fact, with what that needs, or is a group. `errors` points at the one at fault.'),
  invalid_domain: of(422, 'This is no domain of a site or firm.'),
  invalid_email: of(422, 'This is no e-mail address that could be written to.'),
  invalid_unsubscribe_link: of(422, 'The unsubscribe link is not a web address.'),
  invalid_url: of(422, 'This is no http(s) address, or too long a one once it is normalised.'),
  invalid_variants: of(422, 'The variants of the step cannot be told apart, or nobody would get one. `errors` points at the one at fault.'),
  mail_too_long: of(422, 'Filled in, the template makes a longer mail than one may be.'),
  mailbox_not_away: of(
    422,
    'The mailbox sends already: `maxLatenessHours` and `spreadOverDays` are for one that comes back with `state: connected`.',
  ),
  mailbox_required: of(422, 'A key with `inbound:write` needs the mailbox that it brings mail into.'),
  message_incomplete: of(422, 'The mail has no subject or no text yet.'),
  misleading_subject: of(422, 'The subject of a first mail says that there was one before, as `Re:` does: change it, then release the mail again.'),
  no_registrable_domain: of(422, 'The address has no domain that somebody could have registered.'),
  oauth_not_available: of(422, 'This login is made at `POST /mailboxes/oauth`, for providers that the operator has set up.'),
  oauth_other_address: of(422, 'The account chosen at the provider is not the one with the address of the mailbox.'),
  oauth_refused: of(422, 'The provider did not let us into the account. Begin again.'),
  opportunity_needed: of(422, 'The contact belongs to several sites: say which opportunity is meant.'),
  opportunity_of_other_campaign: of(422, 'The opportunity belongs to another campaign.'),
  other_project: of(422, 'The opportunity belongs to another project.'),
  outlives_maker: of(422, 'A key made with a key expires with it at the latest.'),
  outside_their_projects: of(422, 'The one who shall take the work over does not see all projects that it belongs to.'),
  owner_sees_all: of(422, 'An owner sees every project: leave `projectIds` out, or send null.'),
  paid_link_must_be_qualified: of(422, 'A link for money, product or exchange must be marked sponsored or nofollow.'),
  password_required: of(422, 'A user of a mail server needs a password.'),
  placeholders_left: of(422, 'The mail still holds places to fill in: `placeholders`.'),
  project_filter_required: of(422, 'You see some projects only: name in `projectIds` those whose events shall be sent.'),
  reason_required: of(422, 'A guardrail holds the campaign: say why it may go on.'),
  role_exceeds_yours: of(422, 'You cannot give a role that may do what you may not.'),
  same_member: of(422, 'The work is this member’s already.'),
  scope_exceeds_role: of(422, 'A key cannot do what its maker may not do.'),
  step_needs_template: of(422, 'A mail or review step needs a template.'),
  step_needs_title: of(422, 'A task step needs a title that says what to do.'),
  target_not_public: of(422, 'The address leads to an inner network, or to no http(s) server.'),
  template_not_allowed: of(422, 'The template uses something that templates may not do. `line` and `column` say where.'),
  template_syntax: of(422, 'The template is not well-formed. `line` and `column` say where.'),
  template_unknown_variable: of(422, 'The template names a variable that does not exist. `line` and `column` say where.'),
  text_needed: of(422, 'An answer has a text, or a template that it is made of.'),
  tls_required: of(422, 'Outside of your own network mail needs tls or starttls.'),
  unknown_step_key: of(422, 'The sequence has no step of this key. Leave the key out for a new step.'),
  unknown_target: of(422, 'This is neither a target page of a project nor a page of its domain.'),
  url_not_accepted: of(422, 'Only http and https addresses without a user name and password are taken.'),
  user_required: of(422, 'A password for a mail server needs a user.'),
  values_missing: of(422, 'The template lacks values for this mail, which `errors` names. Fill them in, or give the template a fallback.'),
  viewer_takes_no_work: of(422, 'A viewer only looks on: choose somebody else.'),
  wrong_password: of(422, 'This is not your present password.'),

  precondition_required: of(428, 'The change must say which version it was made for: send `If-Match` with the ETag of what you read, or `*`.'),
  rate_limited: of(429, 'Too many requests. `Retry-After` says for how many seconds to wait.'),
  too_many_attempts: of(429, 'Too many passwords or codes were tried. Wait as long as `Retry-After` says.'),
  too_many_streams: of(429, 'As many streams as may be read at once are open with this key or by this member.'),
  headers_too_large: of(431, 'The address and the headers together take 16 kB at most.'),
  internal_error: of(500, 'Something went wrong on the side of the server. The `X-Request-Id` of the answer finds it in the log.'),
  job_lost: of(500, 'The process that did the work died each time it was taken up. What it did until then stays done.'),
  oauth_unavailable: of(503, 'The provider of the account does not answer at the moment. Try again.'),
  oidc_unavailable: of(503, 'The provider of single sign-on does not answer at the moment. Try again, or log in with your password.'),
  try_again: of(503, 'Others changed the same things at the same time. Nothing was done: try again.'),
  unavailable: of(503, 'The server cannot answer at the moment. Try again after `Retry-After` seconds, a POST under the same Idempotency-Key.'),
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemCode = keyof typeof PROBLEMS;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[];

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

/** The code in words, as the `title` of a problem. */
export function problemTitle(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
