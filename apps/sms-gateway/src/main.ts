import 'reflect-metadata';
import { runService } from 'sms-contracts';
import { createGateway, readGatewayConfig } from './index.js';

await runService(async () => {
  const config = readGatewayConfig();
  const app = await createGateway(config);
  await app.listen(config.PORT, config.HOST);
});
