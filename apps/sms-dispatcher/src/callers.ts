/** Who calls this service, by the key that it has. */
export const OPERATOR = 'operator';
export const SUPPORT = 'support';
