import * as pulumi from '@pulumi/pulumi';

/** Resolves once the engine has done the write behind an output. In an update alone: a preview may never know it. */
export const settled = (output: pulumi.Output<unknown>): Promise<unknown> =>
  new Promise((resolve) => output.apply(resolve));

/** An error that the engine prints bare. Without a stack: formatting one takes Node 20 many seconds in the engine's own handler. */
export function refusal(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  error.stack = '';
  return error;
}

/** What a move could not do and went on without. */
export const warn = (sentence: string): void => void pulumi.log.warn(sentence);
