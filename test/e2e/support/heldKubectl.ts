import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { realKubectl } from './deadlyKubectl';

/** Where an `up` can be held: around what it asks kubectl for. Between `first look` and `second look` the provider writes the exposure. */
export type Moment = `${'before' | 'after'} ${'claim' | 'ledger' | 'first look' | 'second look' | 'release'}`;

/** A `kubectl` in front of the real one that stops once, at one moment, until it is let go. */
export class HeldKubectl {
  private readonly hold: string;
  private readonly reached: string;

  private constructor(readonly folder: string) {
    this.hold = path.join(folder, 'hold');
    this.reached = path.join(folder, 'reached');
  }

  static at(sandbox: Sandbox, moment: Moment): HeldKubectl {
    const folder = path.join(sandbox.info.folder, 'held-kubectl');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const held = new HeldKubectl(folder);
    writeFileSync(held.hold, moment);
    writeFileSync(path.join(folder, 'kubectl'), script(realKubectl(sandbox)), { mode: 0o700 });
    return held;
  }

  /** @param ended whether what runs it has ended meanwhile */
  async isReached(ended: () => string | undefined): Promise<void> {
    const probe = async (): Promise<true | undefined> => {
      const output = ended();
      if (output !== undefined) throw new Error(`it ended before it was held:\n${output}`);
      return existsSync(this.reached) || undefined;
    };
    await waitFor(probe, { what: 'the up to be held', deadlineMs: 45_000 });
  }

  letGo(): void {
    rmSync(this.hold, { force: true });
  }
}

/** A look is the reading of the latch alone, Deployment and ledger, right before and after the exposure is written. */
const script = (real: string): string => `#!/bin/sh
here=$(dirname "$0")
stop() {
  [ "$(cat "$here/hold" 2>/dev/null)" = "$1" ] || return 0
  touch "$here/reached"
  while [ -e "$here/hold" ]; do sleep 0.05; done
}
case "$*" in
  *" -f -"*) input=$(cat) ;;
  *) input= ;;
esac
case "$*" in
  *"get deployment/denis configmap/denis-canary"*)
    [ -e "$here/looked" ] && name="second look" || name="first look"
    touch "$here/looked" ;;
  *)
    case "$input" in
      *'"kind":"Lease"'*'"holderIdentity":""'*) name=release ;;
      *'"kind":"Lease"'*) name=claim ;;
      *'"ledger.json"'*) name=ledger ;;
      *) name= ;;
    esac ;;
esac
stop "before $name"
printf '%s' "$input" | "${real}" "$@"
code=$?
stop "after $name"
exit $code
`;
