/** `mfa-runbook prove HOLDER --slot SLOT`, and `mfa-runbook resync HOLDER --slot SLOT` */
import type { Command } from 'commander';
import { proveDeclared, resyncDeclared } from '../ceremonies/by-kind';
import { withPorts } from './open-ports';
import {
  type CommonFlag,
  type CommonOptions,
  parseHolder,
  type Run,
  recordOption,
  slotOption,
  withCommonOptions,
  withExamples,
  witnessOption,
} from './options';
import { assumeRootOption, viewRoleOption, wayIn } from './root-options';

interface DrillOptions extends CommonOptions {
  readonly slot: string;
  readonly witness?: string;
  readonly viewRole?: string;
  readonly assumeRoot?: boolean;
}

export function addProve(program: Command, run: Run): void {
  const command = program
    .command('prove')
    .summary('a drill: prove that an enrolled token still works')
    .description(
      'Reads the serial and the clock of an enrolled token over NFC, and has AWS judge two of its codes. That proves, without the credentials of its holder, that the token in the safe still works, and corrects drift. Nothing is written to the token. A fido2 key shows no codes: its proof is a console sign-in with it, which is looked for in CloudTrail, or the word of a --witness who watched one; so is the proof of a token of root, and sign-ins to another account are looked for through a role there (--view-role). Writes new evidence and prints the ARN of the device.',
    );
  withExamples(
    command,
    'mfa-runbook prove alice.breakglass --slot primary',
    'mfa-runbook prove alice.breakglass --slot backup --witness "Wanda Witt" --profile mfa-operator',
    'mfa-runbook prove root@222222222222 --slot primary --view-role arn:aws:iam::222222222222:role/auditor',
  );
  command.addOption(recordOption()).addOption(viewRoleOption()).addOption(assumeRootOption());
  addDrill(command, proveDeclared, { run, unused: ['--yes'] });
}

export function addResync(program: Command, run: Run): void {
  const command = program
    .command('resync')
    .summary('tell AWS the current clock of a token, without a reader')
    .description(
      'For a holder whose codes AWS rejects because the clock of the token is off: type the serial printed on the token and two of its codes, or have the holder read them to you over the telephone. Needs no card reader; with one, prefer `mfa-runbook prove`. Writes new evidence and prints the ARN of the device.',
    );
  withExamples(
    command,
    'mfa-runbook resync alice.breakglass --slot primary',
    'mfa-runbook resync alice.breakglass --slot backup --profile mfa-operator',
  );
  addDrill(command, resyncDeclared, { run, unused: ['--reader', '--yes', '--trace-apdu'] });
}

function addDrill(
  command: Command,
  drill: typeof proveDeclared,
  { run, unused }: { readonly run: Run; readonly unused: readonly CommonFlag[] },
): void {
  command
    .argument('<holder>', 'IAM user name of the holder', parseHolder)
    .addOption(slotOption().makeOptionMandatory())
    .addOption(witnessOption());
  withCommonOptions(command, ...unused).action(async (holder: string, options: DrillOptions) => {
    const { fleet, slot, reader, witness } = options;
    const way = wayIn(holder, { assumeRoot: false, ...options });
    const request = { fleet, holder, slot, reader, witness, way };
    await withPorts(run, options, async (ports) => {
      ports.terminal.data(await drill(request, ports));
    });
  });
}
