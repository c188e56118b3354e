import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { LEDGER_NAME } from '../phases/names';
import type { ClusterSettings } from '../phases/settings';
import { deploymentPolicy, ledgerPolicy, type Spec } from './admissionPolicies';

type Policy = kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy;
type ParamRef = kubernetes.types.input.admissionregistration.v1.ParamRef;

const EXPOSURE = 'denis-canary-exposure';
const PERMITTED = 'denis-canary-permitted';
const LEDGER = 'denis-canary-ledger';
export const POLICIES = [EXPOSURE, LEDGER];
export const BINDINGS = [EXPOSURE, PERMITTED, LEDGER];

/** The fence that the API server holds itself, against everybody. Needs Kubernetes 1.30. */
export class AdmissionPolicy extends pulumi.ComponentResource {
  constructor(name: string, cluster: ClusterSettings, options: pulumi.ComponentResourceOptions) {
    super('denis:canary:AdmissionPolicy', name, {}, options);
    const { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } = kubernetes.admissionregistration.v1;
    const parent = { parent: this };
    const declare = (policy: string, spec: Spec) =>
      new ValidatingAdmissionPolicy(policy, { metadata: { name: policy }, spec }, parent);
    const bind = (binding: string, policy: Policy, paramRef?: ParamRef) => {
      const spec = { policyName: policy.metadata.name, validationActions: ['Deny'], ...(paramRef && { paramRef }) };
      return new ValidatingAdmissionPolicyBinding(binding, { metadata: { name: binding }, spec }, parent);
    };
    const exposure = declare(EXPOSURE, deploymentPolicy(cluster));
    bind(EXPOSURE, exposure);
    bind(PERMITTED, exposure, {
      name: LEDGER_NAME,
      namespace: cluster.namespace,
      parameterNotFoundAction: 'Allow',
    });
    bind(LEDGER, declare(LEDGER, ledgerPolicy(cluster)));
    this.registerOutputs({});
  }
}
