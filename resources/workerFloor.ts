import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { type Manner, PATCH_OPTIONS, steering } from './patchOptions';

export type WorkerFloorArgs = { readonly deployment: string; readonly manner: Manner } & (
  | { readonly kind: 'replicas'; readonly replicas: number }
  | { readonly kind: 'autoscaler'; readonly name: string; readonly min: number; readonly max: number }
);

/** How many workers there are at least: replicas of their Deployment, or the bounds of the autoscaler that targets it. */
export class WorkerFloor extends pulumi.ComponentResource {
  /** Resolves once the write is done. */
  readonly written: pulumi.Output<string>;

  constructor(name: string, args: WorkerFloorArgs, options: pulumi.ComponentResourceOptions) {
    super('denis:canary:WorkerFloor', name, {}, options);
    // Replicas never with force: a stop of the workers owns the field and must win.
    const { 'pulumi.com/patchForce': _, ...gentle } = steering(args.manner);
    // Bounds always with force: whoever made the autoscaler owns them, and no stop is written there.
    const forced = { ...gentle, 'pulumi.com/patchForce': 'true' };
    const own = { ...PATCH_OPTIONS, parent: this };
    const patch =
      args.kind === 'replicas'
        ? new kubernetes.apps.v1.DeploymentPatch(
            name,
            { metadata: { name: args.deployment, annotations: gentle }, spec: { replicas: args.replicas } },
            own,
          )
        : new kubernetes.autoscaling.v2.HorizontalPodAutoscalerPatch(
            name,
            {
              metadata: { name: args.name, annotations: forced },
              spec: { minReplicas: args.min, maxReplicas: args.max },
            },
            own,
          );
    this.written = patch.id;
    this.registerOutputs({});
  }
}
