import type { KubectlResult } from '../observe/kubectl';

/** Whether the API server refused a write because the object changed meanwhile, or exists already. */
export const isConflict = ({ stderr }: KubectlResult): boolean =>
  /\((Conflict|AlreadyExists)\)|object has been modified/.test(stderr);
