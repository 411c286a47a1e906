import { isA } from '../thrown.js';
import type { Recognise } from './verdicts.js';
import { FATAL } from './verdicts.js';

/** Of zod; of class-validator, Joi, yup, ajv and mongoose. Not of what derives from theirs: Sequelize counts a taken key among them. */
export const validation: Recognise = (thrown) => {
  const isRefused =
    isA(thrown, 'ZodError') || thrown.name === 'ValidationError' || thrown.constructor?.name === 'ValidationError';
  return isRefused ? FATAL : undefined;
};
