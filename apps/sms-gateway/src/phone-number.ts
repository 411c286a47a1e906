import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { SmsRefused } from './sms-refused.js';

/** The number in E.164. Without `country`, only numbers with a country code are understood. */
export function toE164(number: string, country?: string): string {
  const parsed = parsePhoneNumberFromString(number, country as CountryCode | undefined);
  if (!parsed?.isValid()) {
    throw new SmsRefused('invalid_number', `${JSON.stringify(number)} is no phone number; write it as +33639980000`);
  }
  return parsed.number;
}
