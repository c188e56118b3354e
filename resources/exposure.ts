import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { ANNOTATIONS } from '../phases/names';
import { type Manner, PATCH_OPTIONS, steering } from './patchOptions';

export interface ExposureArgs {
  readonly deployment: string;
  /** Percent of users, 0–100. */
  readonly pct: number;
  readonly enabled: boolean;
  /** Changes whenever the other two do; the one write that changes it restarts the pods. */
  readonly move: number;
  readonly manner: Manner;
}

/** How much of the traffic takes the new path: three annotations of the pod template, in one write. Map fields only. */
export class Exposure extends pulumi.ComponentResource {
  /** Resolves once the write is done. */
  readonly written: pulumi.Output<string>;

  constructor(name: string, args: ExposureArgs, options: pulumi.ComponentResourceOptions) {
    super('denis:canary:Exposure', name, {}, options);
    const patch = new kubernetes.apps.v1.DeploymentPatch(
      name,
      {
        metadata: { name: args.deployment, annotations: steering(args.manner) },
        spec: {
          template: {
            metadata: {
              annotations: {
                [ANNOTATIONS.pct]: String(args.pct),
                [ANNOTATIONS.enabled]: String(args.enabled),
                [ANNOTATIONS.move]: String(args.move),
              },
            },
          },
        },
      },
      { ...PATCH_OPTIONS, parent: this },
    );
    this.written = patch.id;
    this.registerOutputs({});
  }
}
