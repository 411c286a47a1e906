import type { Admin, Kafka } from 'kafkajs';

/** Somebody who has an admin client at hand. */
export interface Asks {
  ask<T>(question: (admin: Admin) => Promise<T>): Promise<T>;
}

/**
 * Questions to the brokers, over connections of their own. kafkajs's admin client remembers each topic that it was ever asked about, and fails
 * for all of them once one has vanished: so one that failed is replaced. Before it was asked about any, it wants to know all of the cluster's
 * topics, and fails when any one of them, of whomever, has no leader: so a new one is asked about ours first.
 */
export class AdminLink implements Asks {
  private current: Promise<Admin> | undefined;

  constructor(
    private readonly kafka: Kafka,
    /** A topic of ours that exists, as soon as one is known. */
    private readonly anchor: () => string | undefined,
  ) {}

  async ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = (this.current ??= this.open());
    try {
      return await question(await admin);
    } catch (error) {
      if (this.current === admin) void this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const admin = this.current;
    this.current = undefined;
    await admin?.then((open) => open.disconnect()).catch(() => undefined);
  }

  private async open(): Promise<Admin> {
    const admin = this.kafka.admin();
    await admin.connect();
    const anchor = this.anchor();
    if (anchor) await admin.fetchTopicMetadata({ topics: [anchor] });
    return admin;
  }
}
