import { policyDecorator } from './policies.js';

/**
 * Names a handler. With the group and the topic, the name is the handler's identity: what its outcomes are kept under in the commit
 * metadata, so it must survive renames of classes and methods. One handler of a topic may stay unnamed.
 */
export function Handler(name: string): MethodDecorator {
  return policyDecorator('handler', name);
}
