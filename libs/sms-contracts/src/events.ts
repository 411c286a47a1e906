/** On `sms.submitted`: checked, assembled and recorded; ready to be handed to the operator. */
export interface SmsSubmitted {
  readonly smsId: string;
  readonly userId: string;
  /** E.164. */
  readonly to: string;
  /** What each radio message carries; a phone joins them again. */
  readonly parts: readonly string[];
}

/** On `sms.receipts`: what the operator says became of an SMS. */
export interface SmsReceipt {
  readonly smsId: string;
  readonly userId: string;
  readonly outcome: 'delivered' | 'undelivered';
}

/** On `sms.replies`: what a person answered. */
export interface SmsReply {
  /** The operator's: the same when it posts the reply again. */
  readonly replyId: string;
  readonly userId: string;
  /** E.164. */
  readonly from: string;
  readonly text: string;
}
