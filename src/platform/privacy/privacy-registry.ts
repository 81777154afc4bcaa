/** What an erasure does with a value of the person (standards 30, F50). */
export type OnErasure =
  /** Emptied, or put in place of by a mark; the row stays, so that counts and history still add up. */
  | 'blank'
  /** Kept as a keyed hash: whoever must not be mailed is still recognised. */
  | 'hash'
  /** Words that may name anyone: the person's address and names are looked for, and blanked where they are found. */
  | 'search'
  /** Gone by itself within the time that the table is kept. */
  | 'expire'
  /** Of the team, not of contacts: goes with the member, the mailbox or the workspace, not with a contact's wish. */
  | 'of-team';

export type PersonalColumns = Readonly<Record<string, OnErasure>>;

/**
 * Every table and column where values of a person may stand (promise 8). An erasure goes through this list, so it is whole
 * exactly when this is. A test compares it with the catalog: each column of text, JSON or bytes is either here, a closed
 * list of the database's own (CHECK), or in NOTHING_PERSONAL with the reason.
 */
export const PERSONAL: Readonly<Record<string, PersonalColumns>> = {
  attestations: { note: 'search' },
  backlinks: { state_reason: 'search' },
  campaigns: { pause_reason: 'search' },
  contacts: {
    ...{ email: 'blank', email_key: 'blank', first_name: 'blank', last_name: 'blank', role: 'blank', time_zone: 'blank', country: 'blank' },
    ...{ source_url: 'blank', external_ref: 'blank', email_hash: 'hash' },
  },
  enrollments: { state_reason: 'search' },
  invitations: { email: 'of-team' },
  jobs: { input: 'expire', result: 'expire', error: 'expire' }, // what was asked to be done, until it is; what came of it for a month
  kept_answers: { body_sealed: 'expire' }, // sealed, and gone after a day
  inbound_mails: { raw: 'blank', problem: 'blank' }, // the row stays: the same mail brought in again is known by its hash
  mailboxes: {
    ...{ from_name: 'of-team', from_address: 'of-team', smtp_user: 'of-team', imap_user: 'of-team', signature: 'of-team' },
    ...{ state_reason: 'search', check_detail: 'search' }, // what a server said
    alarm_detail: 'search', // as above
  },
  messages: {
    ...{ from_address: 'blank', to_address: 'blank', subject: 'blank', text: 'blank', html: 'blank', last_response: 'blank', state_reason: 'search' },
    ...{ rfc_message_id: 'blank', in_reply_to: 'blank', reference_ids: 'blank' }, // others make theirs of addresses; ours stay
  },
  message_texts: { subject: 'blank', text: 'blank', html: 'blank' },
  notes: { text: 'search' },
  opportunities: { stage_reason: 'search' },
  pitch_drafts: { text: 'search', remarks: 'search' },
  pitch_topics: { title: 'search', summary: 'search' },
  pitches: { state_reason: 'search' },
  prospects: { name: 'search', tags: 'search' }, // a site may be called after its writer
  suppressions: { value: 'hash', value_hash: 'hash', reason: 'search' },
  tasks: { title: 'search' },
  sessions: { user_agent: 'of-team' },
  user_identities: { issuer: 'of-team', subject: 'of-team' },
  users: { email: 'of-team', name: 'of-team' },
  webhook_attempts: { answer: 'expire', error: 'expire' }, // what a receiver wrote back
  webhook_deliveries: { last_answer: 'expire', last_error: 'expire' }, // what a receiver wrote back
  workspaces: { name: 'of-team', postal_address: 'of-team' },
};

const KEY_OF_CUSTOMER = "the customer's own key for a thing that is no person";
const NAMED_BY_TEAM = 'what the team calls its own work';
const OUR_CODE = 'a name of our own code';
const PAGE = 'the address of a page, or what the page shows to everyone';
const SEALED = 'a secret, sealed under SECRET_KEY';
const HASH = 'a hash of random bytes';
const HASH_OF_CALL = 'a hash of a whole call, or of its key';
const KEYED = 'a keyed hash, which says nothing without our key';
const SERVER = 'the name of a server';

/** Columns that could hold anything by their type, and hold nothing of a person, because … */
export const NOTHING_PERSONAL: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  agreement_items: { anchor: PAGE, source_url: PAGE, target_url: PAGE, rel: OUR_CODE },
  agreements: { fee_currency: 'a code of a currency' },
  api_keys: { key_hash: HASH, old_key_hash: HASH, name: NAMED_BY_TEAM, prefix: 'the first characters of a random key', scopes: OUR_CODE },
  audit_log: {
    ...{ action: OUR_CODE, subject_type: OUR_CODE, request_id: "the caller's id of a request" },
    changes: 'ids, states, numbers and names of fields: `shownChanges` lets nothing else in',
    details: 'ids, states and names of fields',
  },
  backlink_checks: { anchor_text: PAGE, evidence: PAGE, final_url: PAGE, reason_codes: OUR_CODE, rel: OUR_CODE },
  backlinks: {
    ...{
      compliance_codes: OUR_CODE,
      miss_codes: OUR_CODE,
      sign_codes: OUR_CODE,
      expected_anchor: PAGE,
      expected_rel: OUR_CODE,
      external_ref: KEY_OF_CUSTOMER,
    },
    ...{ source_key: PAGE, source_url: PAGE, target_key: PAGE, target_url: PAGE, seen_looks: PAGE, new_looks: PAGE },
  },
  campaigns: { external_ref: KEY_OF_CUSTOMER, name: NAMED_BY_TEAM, send_window: 'days and times of day', pause_numbers: 'counts of mails' },
  domain_reports: { domain: SERVER, findings: 'what DNS shows to everyone', primary_domain: SERVER },
  enrollment_steps: { rfc_message_id: 'made by us of random bytes', skipped_code: OUR_CODE, step_key: OUR_CODE },
  enrollments: { step_key: OUR_CODE },
  event_readers: { name: OUR_CODE },
  events: { data: 'ids, states and addresses of pages', type: OUR_CODE },
  inbound_mails: { class: OUR_CODE, content_hash: 'a hash of a whole mail', match_method: OUR_CODE },
  invitations: { token_hash: HASH },
  jobs: { actor: 'ids, a role and permissions', kind: OUR_CODE, place: 'ids, where the work goes on' },
  kept_answers: { fingerprint: HASH_OF_CALL, headers: 'addresses of our own routes and versions', key_hash: HASH_OF_CALL },
  known_places: { place: KEYED },
  login_failures: { bucket: KEYED },
  installation: { key_check: SEALED, link_key_sealed: SEALED, suppression_key_sealed: SEALED, system_identifier: SERVER },
  opt_outs_to_journal: { entry: 'ids, keyed hashes of addresses, domains of sites and firms' },
  mailboxes: {
    ...{ dkim_key_sealed: SEALED, imap_password_sealed: SEALED, oauth_tokens_sealed: SEALED, smtp_password_sealed: SEALED },
    ...{ alarm_code: OUR_CODE, link_domain: SERVER },
    ...{ dkim_selector: SERVER, imap_host: SERVER, smtp_host: SERVER, name: NAMED_BY_TEAM, send_window: 'days and times of day' },
  },
  messages: { class: OUR_CODE, match_method: OUR_CODE, step_key: OUR_CODE, variant_key: OUR_CODE },
  migrations: { name: OUR_CODE },
  monthly_tables: { name: OUR_CODE },
  oauth_flows: { flow_sealed: SEALED, state_hash: HASH },
  opportunities: { external_ref: KEY_OF_CUSTOMER, page_url: PAGE },
  password_resets: { token_hash: HASH },
  payments: { currency: 'a code of a currency' },
  pitches: { live_url: PAGE },
  projects: { domain: PAGE, external_ref: KEY_OF_CUSTOMER, name: NAMED_BY_TEAM, url: PAGE, link_domain: SERVER },
  prospects: { country: 'of a site', domain: PAGE, external_ref: KEY_OF_CUSTOMER, url: PAGE },
  recovery_codes: { code_hash: KEYED },
  report_links: { token_hash: HASH },
  second_factors: { secret_sealed: SEALED },
  sequence_versions: { steps: 'delays, ids of templates and titles of steps for everyone' },
  sequences: { name: NAMED_BY_TEAM },
  sessions: { token_hash: HASH },
  state_changes: {
    ...{ event_kind: OUR_CODE, from_state: OUR_CODE, to_state: OUR_CODE, via: OUR_CODE },
    note: 'a reason of our own code: what people say becomes a note',
  },
  target_pages: { anchors: PAGE, title: PAGE, url: PAGE },
  tasks: { kind: OUR_CODE, subject_type: OUR_CODE },
  notes: { subject_type: OUR_CODE },
  template_versions: { html: 'written for everyone: values come in when a mail is made', subject: 'as html', text: 'as html' },
  templates: { external_ref: KEY_OF_CUSTOMER, name: NAMED_BY_TEAM },
  throttles: { key_hash: KEYED },
  users: { password_hash: 'a salted hash' },
  variant_retirements: { lost_to: OUR_CODE, step_key: OUR_CODE, variant_key: OUR_CODE },
  webhook_attempts: { signature: 'an HMAC' },
  webhook_deliveries: { body: 'an event: ids, states and addresses of pages', event_type: OUR_CODE },
  webhook_endpoints: {
    ...{ description: NAMED_BY_TEAM, event_types: OUR_CODE, state_reason: OUR_CODE, url: SERVER },
    ...{ old_secret_sealed: SEALED, secret_sealed: SEALED },
  },
  workspaces: { time_zone: 'the name of a zone' },
};
