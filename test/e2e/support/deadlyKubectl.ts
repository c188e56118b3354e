import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Sandbox } from '../../../sandbox/index';

/** What a watcher asks kubectl for, from its incident on. `incident` and `confirmed` are the two ticks that write it on the Lease. */
export type Step = 'incident' | 'exposure' | 'ledger' | 'record' | 'confirmed';

/** A `kubectl` in front of the real one that ends, once, who calls it, as a crash would: right before or right after one step. */
export class DeadlyKubectl {
  private readonly armed: string;

  private constructor(readonly folder: string) {
    this.armed = path.join(folder, 'armed');
  }

  static at(sandbox: Sandbox, moment: 'before' | 'after', step: Step): DeadlyKubectl {
    const folder = path.join(sandbox.info.folder, 'deadly-kubectl');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const deadly = new DeadlyKubectl(folder);
    writeFileSync(deadly.armed, `${moment} ${step}`);
    writeFileSync(path.join(folder, 'kubectl'), script(realKubectl(sandbox)), { mode: 0o700 });
    return deadly;
  }

  get hasStruck(): boolean {
    return !existsSync(this.armed);
  }
}

export function realKubectl(sandbox: Sandbox): string {
  const folders = (sandbox.env['PATH'] ?? '').split(':');
  return folders.map((folder) => path.join(folder, 'kubectl')).find((file) => existsSync(file))!;
}

const script = (real: string): string => `#!/bin/sh
here=$(dirname "$0")
strike() {
  [ "$(cat "$here/armed" 2>/dev/null)" = "$1" ] || return 0
  rm "$here/armed"
  kill -9 $PPID
  exit 1
}
case "$*" in
  *" -f -"*) input=$(cat) ;;
  *) input= ;;
esac
case "$*" in
  *" patch deployment/denis "*) name=exposure ;;
  *)
    case "$input" in
      *'"kind":"Lease"'*'\\"killedAt\\"'*) name=confirmed ;;
      *'"kind":"Lease"'*'\\"incident\\"'*) name=incident ;;
      *'"ledger.json"'*) name=ledger ;;
      *'"kind":"Event"'*rollback*) name=record ;;
      *) name= ;;
    esac ;;
esac
strike "before $name"
printf '%s' "$input" | "${real}" "$@"
code=$?
strike "after $name"
exit $code
`;
