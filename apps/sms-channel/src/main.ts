import 'reflect-metadata';
import { runService } from 'sms-contracts';
import { createChannel, readChannelConfig } from './index.js';

await runService(async () => {
  const config = readChannelConfig();
  const app = await createChannel(config);
  await app.listen(config.PORT, config.HOST);
});
