import assert from 'node:assert/strict';
import { parseBaseSettings } from '../../phases/settings';
import { deploymentPolicy, ledgerPolicy } from '../../resources/admissionPolicies';
import { AdmissionPolicy, BINDINGS, POLICIES } from '../../resources/admissionPolicy';
import { Base } from '../../resources/base';
import { registrationsOf } from './support/registrations';

const CLUSTER = parseBaseSettings({
  context: 'prod',
  clusterUid: 'uid-1',
  namespace: 'ns',
  deployment: 'api',
  container: 'main',
});
const POLICY = 'kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy';

describe('AdmissionPolicy', () => {
  it('declares both policies, and binds the one that needs the ledger with it and without it', async () => {
    const registered = await registrationsOf(() => new AdmissionPolicy('admission-policy', CLUSTER, {}));
    const specs = (type: string) =>
      Object.fromEntries(
        registered.filter((one) => one.type === type).map(({ name, inputs }) => [name, inputs['spec']]),
      );
    const plain = (value: object): unknown => JSON.parse(JSON.stringify(value));
    assert.deepEqual(specs(POLICY), {
      'denis-canary-exposure': plain(deploymentPolicy(CLUSTER)),
      'denis-canary-ledger': plain(ledgerPolicy(CLUSTER)),
    });
    const bound = { validationActions: ['Deny'] };
    assert.deepEqual(specs(`${POLICY}Binding`), {
      'denis-canary-exposure': { ...bound, policyName: 'denis-canary-exposure' },
      'denis-canary-permitted': {
        ...bound,
        policyName: 'denis-canary-exposure',
        paramRef: { name: 'denis-canary', namespace: 'ns', parameterNotFoundAction: 'Allow' },
      },
      'denis-canary-ledger': { ...bound, policyName: 'denis-canary-ledger' },
    });
    assert.deepEqual(Object.keys(specs(POLICY)).sort(), [...POLICIES].sort());
    assert.deepEqual(Object.keys(specs(`${POLICY}Binding`)).sort(), [...BINDINGS].sort());
  });

  it('is declared by the option alone', async () => {
    const policies = async (own: object) =>
      (
        await registrationsOf(() => new Base('base', parseBaseSettings({ ...CLUSTER, ...own })), { stack: 'base' })
      ).filter(({ type }) => type === POLICY).length;
    assert.equal(await policies({}), 0);
    assert.equal(await policies({ admissionPolicy: 'true' }), 2);
  });

  for (const [name, { failurePolicy, matchConstraints, validations }] of [
    ['exposure', deploymentPolicy(CLUSTER)],
    ['ledger', ledgerPolicy(CLUSTER)],
  ] as const) {
    it(`lets a request pass when the policy of the ${name} fails, and looks at one namespace alone`, () => {
      assert.equal(failurePolicy, 'Ignore');
      assert.deepEqual((matchConstraints as { namespaceSelector: object }).namespaceSelector, {
        matchLabels: { 'kubernetes.io/metadata.name': 'ns' },
      });
    });

    it(`says with every refusal of the ${name} what to do, in one line`, () => {
      for (const { message, messageExpression } of validations as { message?: string; messageExpression?: string }[]) {
        const said = message ?? messageExpression ?? '';
        assert.match(said, /is refused.*(npm run resume|pulumi up|canary:admissionPolicy)/);
        assert.doesNotMatch(said, /\n/);
      }
    });
  }
});
