import { ValidateBy } from 'class-validator';
import { readSmtpUrl } from '../mail/smtp/smtp-url.js';

/** A mail server such as smtp://user:password@mail.example:587. */
export function IsSmtpUrl(): PropertyDecorator {
  return ValidateBy({
    name: 'smtpUrl',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && readSmtpUrl(value) !== undefined,
      defaultMessage: () => 'must be a mail server, as in smtp://user:password@mail.your-company.com:587 or smtps://…',
    },
  });
}
