import { PolicyPack } from '@pulumi/policy';
import { promotionGate } from './promotionGate';

new PolicyPack('denis-canary', { policies: [promotionGate()], enforcementLevel: 'mandatory' });
