/**
 * CloudTrail's event history of one account: console sign-ins, and calls to IAM and STS. An event is shown in the Region
 * where it arrived, some time later. Calls are kept without their parameters and answers.
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */

import type { ResolvedSettings } from '../settings';
import type { CloudEvent } from './cloud-trail';

export interface TrailEntry {
  /** Unix milliseconds. */
  readonly at: number;
  readonly region: string;
  /** The user, `root`, or the name of a role's session. */
  readonly username: string;
  readonly event: CloudEvent;
}

/** Events are made when somebody looks: most are never looked at. */
type Recorded = Omit<TrailEntry, 'event'> & { made?: CloudEvent; readonly make: () => CloudEvent };

const kept = 2_000;

export class Trail {
  #recorded: Recorded[] = [];

  public constructor(private readonly settings: Pick<ResolvedSettings, 'clock' | 'trailDelayMs'>) {}

  public record(entry: Omit<TrailEntry, 'event'>, make: () => CloudEvent): void {
    this.#recorded.push({ ...entry, make });
    if (this.#recorded.length >= 2 * kept) {
      this.#recorded = this.#recorded.slice(-kept);
    }
  }

  /** Lists what a Region shows already, newest first. */
  public shown(region: string): readonly TrailEntry[] {
    const until = this.settings.clock.now() - this.settings.trailDelayMs;
    return this.#recorded
      .filter((entry) => entry.region === region && entry.at <= until)
      .map((entry) => {
        entry.made ??= entry.make();
        return { at: entry.at, region, username: entry.username, event: entry.made };
      })
      .reverse();
  }
}
