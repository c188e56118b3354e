import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';
import { TOKEN_SECRET } from '../phases/names';

/** The bearer token of Denis's API kill switch: random, in Secret `denis-kill-switch`, key `token`. */
export class KillSwitchToken extends pulumi.ComponentResource {
  /** The token itself, a secret. */
  readonly token: pulumi.Output<string>;

  constructor(name: string, options: pulumi.ComponentResourceOptions) {
    super('denis:canary:KillSwitchToken', name, {}, options);
    const token = new random.RandomPassword(`${name}-token`, { length: 48, special: false }, { parent: this });
    new kubernetes.core.v1.Secret(
      name,
      { metadata: { name: TOKEN_SECRET }, type: 'Opaque', stringData: { token: token.result } },
      { parent: this, additionalSecretOutputs: ['data', 'stringData'] },
    );
    this.token = token.result;
    this.registerOutputs({});
  }
}
