/** What one partition has buffered: fetched and without its outcomes. */
export interface BufferShare {
  records: number;
  bytes: number;
  /** The last fetch: one more of its size may come before a pause is felt. */
  lastFetch: { records: number; bytes: number };
}

export interface BufferBounds {
  readonly records: number;
  readonly bytes: number;
}

/**
 * Bounds what is buffered in the process, records and bytes. Every assigned partition has an equal share, so that one that is stuck cannot
 * starve the others of room. A partition is full when one more fetch of its usual size would pass its share; it has room again at half of it,
 * even for a fetch that is larger than the other half: were it to wait for less, a stuck key's records could keep it from fetching for ever.
 * So a partition holds its share at most, or half of it and one fetch where that is more.
 */
export class BufferBudget {
  private readonly shares = new Set<BufferShare>();

  constructor(private readonly bounds: BufferBounds) {}

  /** A partition begins to buffer. */
  open(): BufferShare {
    const share: BufferShare = { records: 0, bytes: 0, lastFetch: { records: 0, bytes: 0 } };
    this.shares.add(share);
    return share;
  }

  /** The partition's epoch is over; what it had buffered is forgotten. */
  close(share: BufferShare): void {
    this.shares.delete(share);
  }

  fetched(share: BufferShare, records: number, bytes: number): void {
    share.records += records;
    share.bytes += bytes;
    share.lastFetch = { records, bytes };
  }

  release(share: BufferShare, records: number, bytes: number): void {
    share.records -= records;
    share.bytes -= bytes;
  }

  isFull(share: BufferShare): boolean {
    const parts = this.shares.size;
    return (
      share.records > 0 &&
      (share.records + share.lastFetch.records > this.bounds.records / parts ||
        share.bytes + share.lastFetch.bytes > this.bounds.bytes / parts)
    );
  }

  hasRoom(share: BufferShare): boolean {
    const half = this.shares.size * 2;
    return share.records <= this.bounds.records / half && share.bytes <= this.bounds.bytes / half;
  }
}
