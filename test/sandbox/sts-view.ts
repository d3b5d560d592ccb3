/**
 * What STS knows of MFA devices. IAM shows a change at once; STS sees the same changes in the same order some
 * seconds later, so that a device just enabled cannot sign in yet and one just removed still can. Its budget
 * of verifications belongs to the ARN and outlives the device.
 */

import { judgeSessionCode, verificationsPerWindow, verificationWindowAt } from './code-judgement';
import type { DeviceCodes } from './device-codes';

/** Whose device it is and how its clock runs; undefined when it is nobody's. */
export interface Binding {
  readonly userId: string;
  readonly codes: DeviceCodes;
  readonly offsetSteps: number;
}

/**
 * `unavailable` covers all that STS calls "unable to validate": not this user's, not seen yet, or the budget
 * is spent.
 */
export type Verification = 'accepted' | 'wrong-code' | 'unavailable';

export class StsView {
  readonly #bindings = new Map<string, { readonly at: number; readonly binding: Binding | undefined }[]>();
  readonly #spent = new Map<string, { readonly window: number; readonly count: number }>();

  public constructor(private readonly propagationMs: number) {}

  /** Tells STS of a change that IAM made now. */
  public announce(deviceArn: string, binding: Binding | undefined, nowMs: number): void {
    const past = this.#bindings.get(deviceArn) ?? [];
    const seen = past.findLastIndex((change) => change.at <= nowMs - this.propagationMs);
    this.#bindings.set(deviceArn, [...past.slice(Math.max(0, seen)), { at: nowMs, binding }]);
  }

  /** Verifies a code and uses it up when it is right. Every attempt on a known device costs its budget. */
  public verify(deviceArn: string, userId: string, code: string, nowMs: number): Verification {
    const binding = this.#seen(deviceArn, nowMs);
    if (binding?.userId !== userId) {
      return 'unavailable';
    }
    if (!this.#spend(deviceArn, nowMs)) {
      return 'unavailable';
    }
    const { codes, offsetSteps } = binding;
    const judgement = judgeSessionCode(codes.codeOf, offsetSteps, codes.usedCounters, code, nowMs);
    if (!judgement.accepted) {
      return 'wrong-code';
    }
    codes.use(judgement.counter);
    return 'accepted';
  }

  #seen(deviceArn: string, nowMs: number): Binding | undefined {
    return this.#bindings.get(deviceArn)?.findLast((change) => change.at <= nowMs - this.propagationMs)
      ?.binding;
  }

  #spend(deviceArn: string, nowMs: number): boolean {
    const window = verificationWindowAt(nowMs);
    const spent = this.#spent.get(deviceArn);
    const count = spent?.window === window ? spent.count : 0;
    if (count >= verificationsPerWindow) {
      return false;
    }
    this.#spent.set(deviceArn, { window, count: count + 1 });
    return true;
  }
}
