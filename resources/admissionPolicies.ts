import type * as kubernetes from '@pulumi/kubernetes';
import { ANNOTATIONS, LEDGER_NAME, MANAGERS, VARIABLES } from '../phases/names';
import type { ClusterSettings } from '../phases/settings';

export type Spec = kubernetes.types.input.admissionregistration.v1.ValidatingAdmissionPolicySpec;
type Variable = { readonly name: string; readonly expression: string };
type Target = Pick<ClusterSettings, 'namespace' | 'deployment' | 'container'>;

const RESUME = '`npm run resume`';

/** What both policies say of themselves. Nothing here ever refuses a move down: not on purpose, and not by failing. */
const common = (apiGroup: string, resource: string, operations: string[], { namespace }: Target) => ({
  // An expression that fails, or a ledger that the API server has not read yet, must not keep anybody from turning off:
  // then the request passes, and program, policy pack and field ownership are the fence.
  failurePolicy: 'Ignore',
  matchConstraints: {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    resourceRules: [{ apiGroups: [apiGroup], apiVersions: ['v1'], resources: [resource], operations }],
  },
});

/**
 * Guards the Deployment of Denis. Raising is what a stack alone does, up to what the ledger permits, and never while latched;
 * the latch goes by a resume alone. Bound twice: with the ledger as `params`, and without it (`params` is null), because a
 * binding whose ledger is missing judges nothing.
 */
export function deploymentPolicy(target: Target): Spec {
  const raise = (why: string): string =>
    `"raising the materializers from " + variables.from + " to " + variables.to + " is refused: ${why}"`;
  return {
    ...common('apps', 'deployments', ['CREATE', 'UPDATE'], target),
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    matchConditions: [{ name: 'denis', expression: `object.metadata.?name.orValue("") == ${text(target.deployment)}` }],
    variables: [
      ...servedBy('old', 'oldObject', target),
      ...servedBy('new', 'object', target),
      // What cannot be read counts as nothing before, and as everything after.
      {
        name: 'raised',
        expression:
          '[variables.newEnabled, variables.newPct] != [variables.oldEnabled, variables.oldPct] && ' +
          '(variables.newServes < 0.0 || variables.newServes > (variables.oldServes < 0.0 ? 0.0 : variables.oldServes))',
      },
      { name: 'from', expression: percent('variables.oldServes') },
      { name: 'to', expression: percent('variables.newServes') },
      {
        name: 'latch',
        expression: `oldObject != null && ${annotation('oldObject.metadata', ANNOTATIONS.latch)}.hasValue()`,
      },
      {
        name: 'latched',
        expression: 'variables.latch || (params != null && params.?data[?"latched"].orValue("") == "true")',
      },
      {
        name: 'permitted',
        expression: `params == null ? 100.0 : ${number('params.?data[?"permitted"].orValue("")', '0.0')}`,
      },
      { name: 'resumes', expression: resumes('apps', 'deployments', target.deployment, target) },
    ],
    validations: [
      {
        expression: '!variables.raised || !variables.latched',
        messageExpression: raise(`they are latched off; ${RESUME} clears the latch, then canary-1 begins again`),
        reason: 'Forbidden',
      },
      {
        expression: `!variables.latch || ${annotation('object.metadata', ANNOTATIONS.latch)}.hasValue() || variables.resumes`,
        messageExpression: `"taking the latch off Deployment " + object.metadata.name + " is refused: ${RESUME} alone does that, with Role denis-canary-resume"`,
        reason: 'Forbidden',
      },
      {
        expression: '!variables.raised || variables.newServes < 0.0 || variables.newServes <= variables.permitted',
        messageExpression: raise(
          'the ledger permits " + string(variables.permitted) + " %; raise it with `pulumi up` of the next phase',
        ),
        reason: 'Forbidden',
      },
      {
        expression: `!variables.raised || request.options.?fieldManager.orValue("") == ${text(MANAGERS.rollout)}`,
        messageExpression: raise('`pulumi up` of a phase alone raises them'),
        reason: 'Forbidden',
      },
    ],
  };
}

/**
 * Guards the ledger: while it is latched, neither the latch nor what it permits can be changed upwards, except that a resume
 * clears the latch; it is never deleted, or the other policy would not know what is permitted.
 */
export function ledgerPolicy(target: Target): Spec {
  const found = (object: string, key: string): string => `${object}.?data[?${text(key)}].orValue("")`;
  return {
    ...common('', 'configmaps', ['UPDATE', 'DELETE'], target),
    // Its name in the object, since a deletion of all of a kind names none.
    matchConditions: [{ name: 'ledger', expression: `oldObject.metadata.name == ${text(LEDGER_NAME)}` }],
    variables: [
      { name: 'latched', expression: `${found('oldObject', 'latched')} == "true"` },
      {
        name: 'stays',
        expression: `object != null && ${found('object', 'latched')} == "true" && ${found('object', 'ledger.json')}.contains("\\"latch\\":")`,
      },
      { name: 'before', expression: number(found('oldObject', 'permitted'), '0.0') },
      { name: 'after', expression: `object == null ? 0.0 : ${number(found('object', 'permitted'), '100.0')}` },
      { name: 'resumes', expression: resumes('', 'configmaps', LEDGER_NAME, target) },
    ],
    validations: [
      {
        expression: 'object != null || namespaceObject.metadata.?deletionTimestamp.hasValue()',
        message: `deleting the ledger (ConfigMap ${LEDGER_NAME}) is refused: it says what is permitted; set canary:admissionPolicy of stack base to false first if it really has to go`,
        reason: 'Forbidden',
      },
      {
        expression: 'object == null || !variables.latched || variables.stays || variables.resumes',
        message: `taking the latch out of the ledger (ConfigMap ${LEDGER_NAME}) is refused: ${RESUME} alone does that, with Role denis-canary-resume`,
        reason: 'Forbidden',
      },
      {
        expression: 'object == null || !variables.latched || variables.after <= variables.before',
        message: `permitting more in the ledger (ConfigMap ${LEDGER_NAME}) is refused while the materializers are latched off; ${RESUME} clears the latch`,
        reason: 'Forbidden',
      },
    ],
  };
}

/**
 * What a Deployment gives a new pod, by the rules of observe/environment.ts: texts of both variables (`?` cannot be read) and
 * the percentage, below 0 where it cannot be known. On is read strictly of the old one and generously of the new one.
 */
function servedBy(which: 'old' | 'new', object: 'oldObject' | 'object', { container }: Target): Variable[] {
  const own = (name: string): string => `variables.${which}${name}`;
  const entries = (variable: string): Variable['expression'] =>
    `${own('Container')}.size() == 0 ? [] : ${own('Container')}[0].?env.orValue([]).filter(e, e.name == ${text(variable)})`;
  const value = (entry: string, key: string): string => {
    // The last one of a name wins, as in the kubelet.
    const last = `${entry}[${entry}.size() - 1]`;
    const wired = `${last}.?valueFrom.?fieldRef.?fieldPath.orValue("") == ${text(`metadata.annotations['${key}']`)}`;
    const note = `${annotation(`${object}.spec.template.?metadata`, key)}.orValue("")`;
    const given = `has(${last}.valueFrom) ? (${wired} ? ${note} : "?") : ${last}.?value.orValue("")`;
    return `${own('Container')}.size() == 0 ? (${object} == null ? "" : "?") : ${entry}.size() == 0 ? "" : ${given}`;
  };
  const on = which === 'old' ? `${own('Enabled')} == "true"` : `!(${own('Enabled')} in ["", "false"])`;
  return [
    {
      name: `${which}Container`,
      expression: `${object} == null ? [] : ${object}.spec.template.spec.containers.filter(c, c.name == ${text(container)})`,
    },
    { name: `${which}PctEntries`, expression: entries(VARIABLES.pct) },
    { name: `${which}EnabledEntries`, expression: entries(VARIABLES.enabled) },
    { name: `${which}Pct`, expression: value(own('PctEntries'), ANNOTATIONS.pct) },
    { name: `${which}Enabled`, expression: value(own('EnabledEntries'), ANNOTATIONS.enabled) },
    {
      name: `${which}Serves`,
      expression: `!(${on}) || ${own('Pct')} == "" ? 0.0 : ${number(own('Pct'), '-1.0')}`,
    },
  ];
}

/** A resume is one by its field manager and by its right: the verb `resume` on the very object. */
const resumes = (group: string, resource: string, name: string, { namespace }: Target): string =>
  `request.options.?fieldManager.orValue("") == ${text(MANAGERS.resume)} && ` +
  `authorizer.group(${text(group)}).resource(${text(resource)}).namespace(${text(namespace)}).name(${text(name)}).check("resume").allowed()`;

const annotation = (metadata: string, key: string): string => `${metadata}.?annotations[?${text(key)}]`;

/** A text as a percentage, or what it counts as when it is none. */
const number = (of: string, otherwise: string): string =>
  `${of}.matches("^(100([.]0+)?|[0-9]{1,2}([.][0-9]+)?)$") ? double(${of}) : ${otherwise}`;

const percent = (of: string): string => `${of} < 0.0 ? "an unknown percentage" : string(${of}) + " %"`;

const text = (value: string): string => JSON.stringify(value);
