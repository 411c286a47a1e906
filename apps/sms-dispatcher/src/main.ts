import 'reflect-metadata';
import { runService } from 'sms-contracts';
import { createDispatcher, readDispatcherConfig } from './index.js';

await runService(async () => {
  const config = readDispatcherConfig();
  const app = await createDispatcher(config);
  await app.listen(config.PORT, config.HOST);
});
