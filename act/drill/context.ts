import type { Kubectl } from '../../observe/kubectl';
import type { PodAccess } from '../../observe/podAccess';
import type { ClusterSettings, Settings } from '../../phases/settings';

/** What a drill works with. */
export interface DrillContext {
  readonly kubectl: Kubectl;
  readonly cluster: ClusterSettings;
  readonly access: PodAccess;
  readonly settings: Settings;
  /** Whose settings the commands use. */
  readonly stack: string;
  /** Folder of the built commands. */
  readonly checkout: string;
  readonly env: NodeJS.ProcessEnv;
  /** Unix time, ms. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
  /** A line for people. */
  readonly say: (sentence: string) => void;
}
