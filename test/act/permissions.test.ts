import { deepEqual } from 'node:assert/strict';
import { type GrantedRule, missingNeeds, type Need } from '../../act/permissions';

const patch: Need = { verb: 'patch', group: 'apps', resource: 'deployments', name: 'denis' };
const list: Need = { verb: 'list', group: '', resource: 'pods' };
const granted = (rule: Partial<GrantedRule>): GrantedRule => ({
  verbs: ['patch'],
  apiGroups: ['apps'],
  resources: ['deployments'],
  ...rule,
});

describe('the rights a raising move needs', () => {
  const rows: [string, Need, GrantedRule[], boolean][] = [
    ['are granted by a rule that names the object', patch, [granted({ resourceNames: ['denis'] })], true],
    ['are granted by a rule without names', patch, [granted({})], true],
    ['are granted by stars', patch, [granted({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] })], true],
    ['are not granted for another object', patch, [granted({ resourceNames: ['other'] })], false],
    ['are not granted by another verb', patch, [granted({ verbs: ['get'] })], false],
    ['are not granted by another group', patch, [granted({ apiGroups: [''] })], false],
    [
      'to list are not granted by a rule for one name',
      list,
      [{ verbs: ['list'], apiGroups: [''], resources: ['pods'], resourceNames: ['one'] }],
      false,
    ],
    ['are not granted by nothing', list, [], false],
  ];
  for (const [title, need, rules, allowed] of rows) {
    it(title, () => deepEqual(missingNeeds([need], rules), allowed ? [] : [need]));
  }
});
