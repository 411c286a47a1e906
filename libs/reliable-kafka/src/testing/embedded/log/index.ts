/** What is stored: topics, and the log of each partition with its producers and transactions. */
export { LEADER_EPOCH, PartitionLog, type AppendResult } from './partition-log.js';
export { Topics, isLegalTopicName, type Topic } from './topics.js';
export { TopicConfigs, configTypes, type ConfigEntry } from './topic-configs.js';
