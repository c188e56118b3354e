import { PolicyPack } from '@pulumi/policy';

new PolicyPack('denis-canary-empty', {
  enforcementLevel: 'mandatory',
  policies: [
    {
      name: 'nothing',
      description: 'Allows everything.',
      enforcementLevel: 'mandatory',
      validateResource: () => {},
    },
  ],
});
