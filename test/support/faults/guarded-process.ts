import 'reflect-metadata';
import { GuardedApp } from './guarded-app.js';
import { skewClock } from './clock.js';
import type { FromChild, ToChild } from './child.js';

/** A process with guarded handlers, for a parent that kills and stops it. The parent's end is its own. */
const say = (message: FromChild) => void process.send!(message);
process.on('disconnect', () => process.exit());

let app: GuardedApp;
process.on('message', async (message: ToChild) => {
  switch (message.kind) {
    case 'start': {
      const { setup } = message;
      if (setup.clockSkew) skewClock(setup.clockSkew);
      app = await GuardedApp.start(setup);
      return say({ kind: 'started' });
    }
    case 'deliver': {
      const { delivery } = message;
      const { number } = delivery;
      if (delivery.at) void app.reached(delivery).then(() => say({ kind: 'reached', number }));
      return say({ kind: 'outcome', number, outcome: await app.deliver(delivery) });
    }
    case 'pass':
      return app.pass(message.delivery, message.how);
  }
});
