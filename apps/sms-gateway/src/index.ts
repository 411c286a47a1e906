export { createGateway } from './create-gateway.js';
export { type GatewayConfig, readGatewayConfig } from './gateway.config.js';
