import { BACKLINK } from './backlink.js';
import { ENROLLMENT } from './enrollment.js';
import type { Machine, MachineName } from './machine.js';
import { MESSAGE } from './message.js';
import { OPPORTUNITY } from './opportunity.js';
import { PITCH } from './pitch.js';

/** The five machines by name: what the API publishes, the docs draw and the tests walk. */
export const MACHINES: Readonly<Record<MachineName, Machine>> = {
  opportunity: OPPORTUNITY,
  enrollment: ENROLLMENT,
  message: MESSAGE,
  pitch: PITCH,
  backlink: BACKLINK,
};
