import { randomBytes } from 'node:crypto';
import { stringify } from 'yaml';

/** Who can be whom, each with a kubeconfig of its own; what they may do is declared by the product. */
export const PEOPLE = ['admin', 'denis-up', 'denis-kill', 'denis-watcher', 'denis-resume', 'nobody'] as const;
/** The sandbox's own machinery, under names of its own so that the audit log tells it from people. */
export const MACHINERY = [
  'sandbox-setup',
  'sandbox-controllers',
  'sandbox-scheduler',
  'sandbox-kwok',
  'sandbox-prometheus',
  'sandbox-denis',
] as const;

export type Person = (typeof PEOPLE)[number];
export type UserName = Person | (typeof MACHINERY)[number];
export type Tokens = Readonly<Record<UserName, string>>;

/** One context name for every sandbox: the pinned UID of the cluster, not the name, tells two of them apart. */
export const CONTEXT = 'denis-sandbox';

const MASTERS: readonly UserName[] = [
  'admin',
  'sandbox-setup',
  'sandbox-controllers',
  'sandbox-scheduler',
  'sandbox-kwok',
];

export function makeTokens(): Tokens {
  const names: UserName[] = [...PEOPLE, ...MACHINERY];
  return Object.fromEntries(names.map((name) => [name, randomBytes(24).toString('hex')])) as Tokens;
}

/** The API server's token file: token, user, uid, groups. */
export function tokenFile(tokens: Tokens): string {
  return Object.entries(tokens)
    .map(([name, token]) => {
      const groups = MASTERS.includes(name as UserName) ? ',"system:masters"' : '';
      return `${token},${name},${name}${groups}\n`;
    })
    .join('');
}

export function kubeconfig(server: string, certificateAuthority: string, user: string, token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': CONTEXT,
    clusters: [
      {
        name: CONTEXT,
        cluster: { server, 'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64') },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: CONTEXT, context: { cluster: CONTEXT, user } }],
  });
}
