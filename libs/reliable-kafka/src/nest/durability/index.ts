export { TopicAudit, type TopicAuditReport } from './topic-audit.js';
export { TopicProvisioner, type ProvisioningOptions } from './topic-provisioner.js';
