/** The state of a root user's enrollment: how far the token and the device in the console got. */
import type { CeremonyState } from '../ceremony/ceremony';
import { shownArn } from '../device/root-view';
import type { SeedPhase } from '../seed-phase/seed-phase';
import type { BurnSeedRequest } from './burn-seed';
import type { RootRequest } from './root-subject';

/** The picture of a QR code, or a secret that is typed. */
export type Source = BurnSeedRequest['source'];

/** Keeps track of an enrollment of root. */
export class RootState implements CeremonyState {
  public token: 'untouched' | 'perhaps-written' | 'written' = 'untouched';
  public device: 'not-asked' | 'awaited' | 'added' = 'not-asked';
  public arn = '';
  public isPaused = false;
  /** The runbook writes a seed onto the token; others are only assigned in the console. */
  public isBurned = true;
  public source: Source | undefined;

  public isOpen(): boolean {
    return this.device !== 'not-asked' || this.token !== 'untouched';
  }

  /** @param isAwsUnchanged nothing else was changed in AWS: only then may the text say that nothing was */
  public describe(isAwsUnchanged = true): string {
    const unchanged = isAwsUnchanged ? 'nothing was changed in AWS' : 'no new device was added';
    const kept = this.source?.kind === 'picture' && this.source.path !== '-' && this.token !== 'untouched';
    const picture = kept ? ', the picture still holds the secret' : '';
    if (!this.isBurned) {
      return this.device === 'not-asked' ? unchanged : ASSIGNED[this.device](this.arn);
    }
    switch (this.device) {
      case 'added':
        return `the device ${this.arn} is enabled for root, the token holds its seed${picture}`;
      case 'awaited':
        return `the token holds the seed of ${this.arn}, which the console may not have enabled yet${picture}`;
      case 'not-asked':
        return `${unchanged}, ${TOKEN_STATES[this.token]}${picture}`;
    }
  }
}

const ASSIGNED: Readonly<Record<'awaited' | 'added', (arn: string) => string>> = {
  awaited: (arn) => `cannot tell whether the console has enabled ${shownArn(arn)} for root`,
  added: (arn) => `the device ${arn} is enabled for root`,
};

const TOKEN_STATES: Readonly<Record<RootState['token'], string>> = {
  untouched: 'the token was not written',
  'perhaps-written': 'the token may have been written',
  written: 'the token was written, and no two codes of it were taken to the console',
};

export interface EnrollRootRequest extends RootRequest {
  /** Where the code is; asked for if it is not given. */
  readonly source?: Source | undefined;
  /** Deletes the picture, after a yes. */
  readonly removeFile?: ((path: string) => Promise<void>) | undefined;
}

/** One enrollment: what it has done, and the process that holds its seed. */
export interface RootMaking {
  readonly state: RootState;
  readonly phase: SeedPhase;
}
