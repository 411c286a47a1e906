import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import { CREATED, type SmsStatus } from './sms-status.js';

/** What is known of one SMS: written before it is published, so that no SMS exists in Kafka alone. */
@Entity('sms_record')
export class SmsRecord {
  /** UUIDv7: rows of one time lie together in the index. */
  @PrimaryColumn('uuid')
  id: string;

  /** The API client that submitted it. */
  @Column('text')
  client: string;

  @Column('text', { name: 'user_id' })
  userId: string;

  @Column('text')
  to: string;

  @Column('text')
  text: string;

  /** Radio messages that it takes. */
  @Column('smallint')
  parts: number;

  @Column('smallint', { default: CREATED })
  status: SmsStatus;

  /** The process that calls the operator, or did. */
  @Column('text', { name: 'claim_owner', nullable: true })
  claimOwner: string | null;

  /** Grows with each claim, and so with each call that was begun: whoever has a lower one may write nothing any more. */
  @Column('integer', { name: 'claim_fence', default: 0 })
  claimFence: number;

  /** Until then nobody else takes the SMS up. */
  @Column('timestamptz', { name: 'claim_until', nullable: true })
  claimUntil: Date | null;

  /** The operator's own id, once it has accepted the SMS. */
  @Column('text', { name: 'operator_id', nullable: true })
  operatorId: string | null;

  /** Why it failed. */
  @Column('text', { nullable: true })
  failure: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
