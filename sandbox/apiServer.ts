import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { AddressBlock } from './addressBlock';
import { sandboxFile } from './checkout';
import { KubeClient } from './kubeClient';
import type { ProcessSpec } from './process';
import { type StateFolder, writePrivate } from './stateFolder';
import { type Tokens, tokenFile } from './users';
import { waitFor } from './waitFor';

const CERTIFICATE = 'apiserver.crt';

export function apiServerUrl({ ports }: AddressBlock): string {
  return `https://127.0.0.1:${ports.apiServer}`;
}

/**
 * The API server makes its own certificate authority and certificate at its first start; both are in one file.
 * @returns undefined until the file is complete.
 */
export function readCertificateAuthority(folder: StateFolder): string | undefined {
  const text = readFileSync(path.join(folder.certificates, CERTIFICATE), 'utf8');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g) ?? [];
  return blocks.length === 2 ? text : undefined;
}

export function apiServer(folder: StateFolder, block: AddressBlock, tokens: Tokens): ProcessSpec {
  const accountKeys = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const privateKey = path.join(folder.certificates, 'service-account.key');
  const publicKey = path.join(folder.certificates, 'service-account.pub');
  const tokenList = folder.file('tokens.csv');
  writePrivate(privateKey, accountKeys.privateKey);
  writePrivate(publicKey, accountKeys.publicKey);
  writePrivate(tokenList, tokenFile(tokens));
  return {
    name: 'kube-apiserver',
    command: 'kube-apiserver',
    args: [
      `--etcd-servers=http://127.0.0.1:${block.ports.etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${block.ports.apiServer}`,
      `--cert-dir=${folder.certificates}`,
      // A loopback address is refused as an endpoint of the service `kubernetes`; nothing here uses that service.
      '--endpoint-reconciler-type=none',
      // No name service knows the nodes: whoever plays a kubelet is reached at its node's address.
      '--kubelet-preferred-address-types=InternalIP',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--authorization-mode=RBAC',
      `--token-auth-file=${tokenList}`,
      '--anonymous-auth=false',
      // Pods do not get service account tokens: no controller makes the accounts.
      '--disable-admission-plugins=ServiceAccount',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-signing-key-file=${privateKey}`,
      `--service-account-key-file=${publicKey}`,
      `--audit-policy-file=${sandboxFile('manifests', 'audit-policy.yaml')}`,
      `--audit-log-path=${folder.auditLog}`,
      // Megabytes; beyond it the log would be rotated away from under its readers.
      '--audit-log-maxsize=4096',
      '--profiling=false',
    ],
    ready: (signal) => serves(folder, block, tokens, signal),
    stopSignal: 'SIGKILL',
  };
}

async function serves(folder: StateFolder, block: AddressBlock, tokens: Tokens, signal: AbortSignal): Promise<void> {
  const probe = async (): Promise<true | undefined> => {
    const authority = readCertificateAuthority(folder);
    if (authority === undefined) return undefined;
    await new KubeClient(apiServerUrl(block), authority, tokens['sandbox-setup']).get('/readyz');
    return true;
  };
  await waitFor(probe, {
    what: `kube-apiserver at ${apiServerUrl(block)}/readyz`,
    deadlineMs: 60_000,
    intervalMs: 50,
    signal,
  });
}
