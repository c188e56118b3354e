/** Resources in the order they were taken; released in reverse order, every one of them, even when some fail. */
export class ReleaseStack {
  private readonly entries: Array<() => Promise<void> | void> = [];

  add(release: () => Promise<void> | void): void {
    this.entries.push(release);
  }

  /** Idempotent. Throws the first error after everything was tried. */
  async releaseAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let release = this.entries.pop(); release !== undefined; release = this.entries.pop()) {
      try {
        await release();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
