import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import type { Sandbox } from '../../../sandbox/index';
import { kubectl } from './cluster';

/** What a ServiceAccount of namespace `denis` shows the API server. */
export interface Account {
  /** As the audit log names it. */
  readonly user: string;
  readonly token: string;
}

/** By the TokenRequest API, as the kubelet gets it for a pod. */
export async function accountOf(sandbox: Sandbox, name: string): Promise<Account> {
  const { stdout } = await kubectl(sandbox, ['create', 'token', name, '--duration=1h']);
  return { user: `system:serviceaccount:denis:${name}`, token: stdout.trim() };
}

export function certificateAuthority(sandbox: Sandbox): string {
  const config = parse(readFileSync(sandbox.kubeconfig('admin'), 'utf8')) as {
    clusters: [{ cluster: { 'certificate-authority-data': string } }];
  };
  return Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64').toString('utf8');
}

export interface Asked {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
  /** Empty for all of them, and for what has none. */
  readonly namespace: string;
}

export interface Rule {
  readonly verbs: string[];
  readonly apiGroups?: string[];
  readonly resources?: string[];
  readonly resourceNames?: string[];
}

/** Requests with the token of an account alone, over one connection. */
export class AccountClient {
  private readonly ca: string;
  constructor(
    private readonly sandbox: Sandbox,
    private readonly account: Account,
  ) {
    this.ca = certificateAuthority(sandbox);
  }

  async allowed({ verb, group, resource, subresource, name, namespace }: Asked): Promise<boolean> {
    const resourceAttributes = { verb, group, resource, subresource, name, namespace };
    const { status } = await this.review<{ status: { allowed: boolean } }>('SelfSubjectAccessReview', {
      resourceAttributes,
    });
    return status.allowed;
  }

  /** Everything that it may do in a namespace. RBAC tells all of it. */
  async rules(namespace: string): Promise<readonly Rule[]> {
    const { status } = await this.review<{ status: { incomplete: boolean; resourceRules: Rule[] } }>(
      'SelfSubjectRulesReview',
      { namespace },
    );
    assert.equal(status.incomplete, false);
    return status.resourceRules;
  }

  /** @returns the HTTP status and the answer */
  send(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly content: string }> {
    return new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const outgoing = request(new URL(path, this.sandbox.apiServer.url), {
        method,
        ca: this.ca,
        timeout: 10_000,
        headers: { authorization: `Bearer ${this.account.token}`, ...(body && { 'content-type': type }) },
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer within 10 s`)));
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        text(response).then((content) => resolve({ status: response.statusCode ?? 0, content }), reject);
      });
      outgoing.end(body && JSON.stringify(body));
    });
  }

  private async review<T>(kind: string, spec: object): Promise<T> {
    const group = 'authorization.k8s.io/v1';
    const path = `/apis/${group}/${kind.toLowerCase()}s`;
    const { status, content } = await this.send('POST', path, { apiVersion: group, kind, spec });
    assert.equal(status, 201, content);
    return JSON.parse(content) as T;
  }
}
