import { type Sandbox, startSandbox } from '../../../sandbox/index';

let shared: Promise<Sandbox> | undefined;

/** The one sandbox of all end-to-end tests, started by the first that needs it. Many chats: a window must not lack jobs at 1 %. */
export function sharedSandbox(): Promise<Sandbox> {
  shared ??= startSandbox({ chatsPerSecond: 250 });
  return shared;
}

// A hook of the root suite: it runs after the last test of all files.
after(async function () {
  this.timeout(30_000);
  // A start that failed has cleaned up, and has been told by the test that needed it.
  await shared?.then(
    (sandbox) => sandbox.stop(),
    () => {},
  );
});
