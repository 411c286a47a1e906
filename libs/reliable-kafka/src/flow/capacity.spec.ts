import { describe, expect, it } from '@jest/globals';
import { Places } from './capacity.js';

describe('Places', () => {
  it('are so many, and one more for each that was given back', () => {
    const places = new Places(2);
    expect([places.tryTake(), places.tryTake(), places.tryTake()]).toEqual([true, true, false]);
    places.release();
    expect([places.tryTake(), places.tryTake()]).toEqual([true, false]);
  });

  it('call those who wait in the order in which they came, one for each place that comes free, once', () => {
    const places = new Places(2);
    places.tryTake();
    places.tryTake();
    const called: string[] = [];
    for (const name of ['first', 'second', 'third']) places.whenFree(() => called.push(name));
    expect(called).toEqual([]);
    places.release();
    expect(called).toEqual(['first']);
    places.release();
    expect(called).toEqual(['first', 'second']);
  });

  it('have one free when they call', () => {
    const places = new Places(1);
    places.tryTake();
    const found: boolean[] = [];
    places.whenFree(() => found.push(places.tryTake()));
    places.release();
    expect(found).toEqual([true]);
  });

  it('let one that was called and found none wait again, behind the others', () => {
    const places = new Places(1);
    places.tryTake();
    const called: string[] = [];
    const again = () => {
      called.push('again');
      places.whenFree(again);
    };
    places.whenFree(again);
    places.whenFree(() => called.push('other'));
    places.release();
    places.tryTake();
    places.release();
    expect(called).toEqual(['again', 'other']);
  });

  it('call nobody who has cancelled, and the next one instead', () => {
    const places = new Places(1);
    places.tryTake();
    const called: string[] = [];
    const cancel = places.whenFree(() => called.push('cancelled'));
    places.whenFree(() => called.push('next'));
    cancel();
    places.release();
    expect(called).toEqual(['next']);
  });

  it('hand a call on for one who cannot follow it, while there is a place', () => {
    const places = new Places(1);
    places.tryTake();
    const called: string[] = [];
    const giveUp = ['first', 'second', 'third'].map((name) => places.whenFree(() => called.push(name)));
    places.release();
    giveUp[0]!();
    expect(called).toEqual(['first', 'second']);
    places.tryTake();
    giveUp[1]!();
    expect(called).toEqual(['first', 'second']);
  });

  it.each([0, -1, 0.5, Number.NaN])('cannot be %d', (places) => {
    expect(() => new Places(places)).toThrow('There must be at least one place');
  });
});
