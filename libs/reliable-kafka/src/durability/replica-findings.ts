import { numberOf, replicationOf } from './facts.js';
import type { TopicFacts, TopicSettings } from './facts.js';
import { aboutTopic } from './finding.js';
import type { TopicFinding } from './finding.js';

/** How many brokers hold a record that was acknowledged. Sends of this library wait for all replicas that are in sync (`acks` -1). */
export function replicaFindings(facts: TopicFacts): TopicFinding[] {
  const { topic, settings = {} } = facts;
  const replicas = replicationOf(facts);
  return [...(replicas === undefined ? [] : copies(topic, replicas, settings)), ...election(topic, settings)];
}

function copies(topic: string, replicas: number, settings: TopicSettings): TopicFinding[] {
  const needed = numberOf(settings, 'min.insync.replicas');
  if (replicas === 1) {
    const unwritten = settings['flush.messages'] === '1' ? '' : ' (or, in a power cut, what is not on it yet)';
    return [
      aboutTopic(topic, {
        check: 'replication',
        severity: 'loses',
        what: `there is one replica: what its broker's disk loses${unwritten} is lost, and while it is away nothing can be read or sent`,
        remedy: 'Give it three replicas and min.insync.replicas 2. In development one is fine.',
      }),
    ];
  }
  if (needed === 1) {
    return [
      aboutTopic(topic, {
        check: 'min-insync',
        severity: 'loses',
        what: `min.insync.replicas is 1: while the others of its ${replicas} replicas are out of sync, a send is acknowledged that one broker alone has stored, and is lost with it`,
        remedy: replicas === 2 ? 'Give it three replicas and min.insync.replicas 2.' : 'Set min.insync.replicas to 2.',
      }),
    ];
  }
  if (needed >= replicas) {
    return [
      aboutTopic(topic, {
        check: 'min-insync',
        severity: 'stops',
        what: `min.insync.replicas is ${needed}, with ${replicas} replicas: while one broker is away, no send succeeds`,
        remedy: replicas === 2 ? 'Give it three replicas.' : `Set min.insync.replicas below ${replicas}.`,
      }),
    ];
  }
  return [];
}

function election(topic: string, settings: TopicSettings): TopicFinding[] {
  if (settings['unclean.leader.election.enable'] !== 'true') return [];
  return [
    aboutTopic(topic, {
      check: 'unclean-election',
      severity: 'loses',
      what: 'unclean.leader.election.enable is true: a replica that lacks acknowledged records may become the leader, and then they are gone',
      remedy: 'Set it to false.',
    }),
  ];
}
