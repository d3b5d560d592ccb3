/**
 * STS's view of MFA devices. IAM shows a change at once; STS sees the same changes in the same order some seconds later,
 * so a device that was just enabled cannot sign in yet, and one that was just removed still can. The budget of
 * verifications belongs to the ARN and outlives the device; an attempt before STS has seen the device costs budget too.
 */

import { judgeSessionCode, verificationsPerWindow, verificationWindowAt } from './code-judgment';
import type { DeviceCodes } from './device-codes';

/** The user of a device, and the state of its clock; undefined for an unassigned device. */
interface Binding {
  readonly userId: string;
  readonly codes: DeviceCodes;
  readonly offsetSteps: number;
}

/**
 * `unavailable` is what STS calls "unable to validate": another user's device, not seen yet, or no budget left.
 */
type Verification = 'accepted' | 'wrong-code' | 'unavailable';

export class StsView {
  readonly #bindings = new Map<string, { readonly at: number; readonly binding: Binding | undefined }[]>();
  readonly #spent = new Map<string, { readonly window: number; readonly count: number }>();

  public constructor(private readonly propagationMs: number) {}

  /** Announces a change that IAM made now. */
  public announce(deviceArn: string, binding: Binding | undefined, nowMs: number): void {
    const past = this.#bindings.get(deviceArn) ?? [];
    const seen = past.findLastIndex((change) => change.at <= nowMs - this.propagationMs);
    this.#bindings.set(deviceArn, [...past.slice(Math.max(0, seen)), { at: nowMs, binding }]);
  }

  /** Verifies a code and uses it up when it is right. Every attempt by the device's user costs budget. */
  public verify(deviceArn: string, userId: string, code: string, nowMs: number): Verification {
    const binding = this.#seen(deviceArn, nowMs);
    const announced = this.#bindings.get(deviceArn)?.at(-1)?.binding;
    const isUsers = binding?.userId === userId || announced?.userId === userId;
    const isWithinBudget = isUsers && this.#spend(deviceArn, nowMs);
    if (binding?.userId !== userId || !isWithinBudget) {
      return 'unavailable';
    }
    const { codes, offsetSteps } = binding;
    const judgment = judgeSessionCode(codes.codeOf, offsetSteps, codes.usedCounters, code, nowMs);
    if (!judgment.accepted) {
      return 'wrong-code';
    }
    codes.use(judgment.counter);
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
