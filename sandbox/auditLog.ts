import { readFile } from 'node:fs/promises';

/** The fields of an audit event that tests ask for; the API server writes more. */
export interface AuditEntry {
  auditID: string;
  stage: string;
  verb: string;
  requestURI: string;
  user: { username: string; groups?: string[] };
  userAgent?: string;
  objectRef?: {
    resource?: string;
    namespace?: string;
    name?: string;
    apiGroup?: string;
    apiVersion?: string;
    subresource?: string;
  };
  responseStatus?: { code?: number; reason?: string; message?: string };
  /** Of every write but a patch (see manifests/audit-policy.yaml). */
  requestObject?: unknown;
  responseObject?: unknown;
  requestReceivedTimestamp: string;
  stageTimestamp: string;
}

/** Everything so far, oldest first. The API server writes each entry before it answers. */
export async function readAuditLog(file: string): Promise<AuditEntry[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  // The last piece is empty, or an entry that is being written right now.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEntry);
}
