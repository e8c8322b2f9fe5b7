import { asan } from './asan.js';
import { asistian } from './asistian.js';
import { automatenexus } from './automatenexus.js';
import { easycrm } from './easycrm.js';
import type { Profile } from './profile.js';
import { salesos } from './salesos.js';
import { standard } from './standard.js';

/** Every profile by its name. */
export const profiles: ReadonlyMap<string, Profile> = new Map(
  [asan, asistian, salesos, easycrm, automatenexus, standard].map((profile) => [profile.name, profile]),
);
