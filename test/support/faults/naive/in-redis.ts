import { BUSY, DUPLICATE, naiveGuard } from './naive-guard.js';

const RETENTION = 60_000;

/** `SET key 1 NX PX …` before the handler, and null means duplicate: whoever dies in between takes the message along, and so does a lost reply. */
export const plainSetNx = () =>
  naiveGuard('plain SET NX', async (call, { key, redis }) => {
    if ((await redis().set(key, '1', 'PX', RETENTION, 'NX')) === null) return DUPLICATE;
    return (await call.execute({})).result;
  });

/** Knows that a claim is under way, and still takes it for an outcome. */
export const skipOnBusy = (lease: number) =>
  naiveGuard('skip on BUSY', async (call, { key, redis }) => {
    if ((await redis().set(key, 'P', 'PX', lease, 'NX')) === null) return DUPLICATE;
    const { result } = await call.execute({});
    if (result.kind === 'handled') await redis().set(key, 'D', 'PX', RETENTION);
    else await redis().del(key);
    return result;
  });

/** Pending and done are told apart, and nobody looks whose claim it is that is completed or deleted. */
export const unconditionalDel = (lease: number) =>
  naiveGuard('unconditional DEL', async (call, { key, redis }) => {
    if ((await redis().set(key, 'P', 'PX', lease, 'NX')) === null)
      return (await redis().get(key)) === 'D' ? DUPLICATE : BUSY;
    const { result } = await call.execute({});
    if (result.kind === 'handled') await redis().set(key, 'D', 'PX', RETENTION);
    else await redis().del(key);
    return result;
  });
