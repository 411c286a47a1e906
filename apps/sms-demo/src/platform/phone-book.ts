/** A number for each user, of a French range that is kept for films and belongs to nobody. */
export class PhoneBook {
  private readonly numbers = new Map<string, string>();

  /** The range has 10,000 numbers, the last one kept for `STOP_NUMBER`; beyond them, users share. */
  numberOf(userId: string): string {
    let number = this.numbers.get(userId);
    if (!number) {
      number = `+3363998${String(this.numbers.size % 9_999).padStart(4, '0')}`;
      this.numbers.set(userId, number);
    }
    return number;
  }
}

/** Answers every SMS with STOP. */
export const STOP_NUMBER = '+33639989999';
