/** The codes that the ceremonies sent to AWS from this machine, known to the next command. */
import { parseDeviceArn } from '../../lib/record/names';
import { formatPlace } from '../../lib/record/place';
import type { Aws } from '../aws/aws';
import type { UsedCodes } from '../ceremony/ports';
import type { Clock } from '../clock';
import type { Files } from '../files/files';
import { CodeLedger } from './code-ledger';
import type { PrivateFiles } from './private-files';

/** The files and the clock of this machine. */
interface Machine {
  readonly privateFiles: PrivateFiles;
  readonly files: Pick<Files, 'stateFolder'>;
  readonly clock: Pick<Clock, 'now'>;
}

function ledgerOf({ privateFiles, files }: Machine, place: string): CodeLedger {
  return new CodeLedger(privateFiles, files.stateFolder, { place, by: 'ceremony' });
}

export function usedCodes(machine: Machine): UsedCodes {
  return {
    has: (place, code) => ledgerOf(machine, formatPlace(place)).has(code, machine.clock.now()),
    isUsedNow: async (place) =>
      (await ledgerOf(machine, formatPlace(place)).freeAtMs(machine.clock.now())) !== undefined,
  };
}

/**
 * Remembers the codes of every call that carries a pair, before it is sent.
 *
 * @param onFailure is told why they could not be remembered, which stops no ceremony
 */
export function rememberingCodes(aws: Aws, machine: Machine, onFailure: (error: unknown) => void): Aws {
  async function remember(deviceArn: string, codes: readonly string[]): Promise<void> {
    const name = parseDeviceArn(deviceArn);
    const ledger = ledgerOf(machine, name === undefined ? deviceArn : formatPlace(name));
    try {
      for (const code of codes) {
        await ledger.claim(code, machine.clock.now());
      }
    } catch (error) {
      onFailure(error);
    }
  }
  return {
    ...aws,
    enableDevice: async (user, arn, codes) => {
      await remember(arn, codes);
      return aws.enableDevice(user, arn, codes);
    },
    resyncDevice: async (user, arn, codes) => {
      await remember(arn, codes);
      return aws.resyncDevice(user, arn, codes);
    },
  };
}
