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

  /** Calls to the operator that were begun. */
  @Column('integer', { default: 0 })
  attempts: number;

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
