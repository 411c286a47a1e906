import { UnprocessableEntityException } from '@nestjs/common';

export type RefusalCode =
  | 'blank_text'
  | 'invalid_number'
  | 'unknown_template'
  | 'template_variables'
  | 'too_long'
  | 'blacklisted'
  | 'idempotency_key_reused';

/** HTTP 422: the request is well-formed, and this SMS will not be sent. Nothing was recorded. */
export class SmsRefused extends UnprocessableEntityException {
  constructor(
    readonly code: RefusalCode,
    message: string,
  ) {
    super({ code, message });
  }
}
