import { describeHandlers } from '../../support/faults/describe-handlers.js';

describeHandlers('postgres');
describeHandlers('mariadb');
