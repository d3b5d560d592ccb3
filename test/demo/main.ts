/**
 * `npm run demo`: tells the whole story without hardware, an account or a network. The real `cdk deploy` deploys to a
 * sandbox, the real command enrolls virtual tokens, and the sandbox judges every code and policy as AWS would.
 */
import { join } from 'node:path';
import { ListMFADevicesCommand, ListUsersCommand, ListVirtualMFADevicesCommand } from '@aws-sdk/client-iam';
import { GetParameterCommand, GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { evidencePath, manifestName, recordPath } from '../../lib/record/names';
import { parseRecord } from '../../lib/record/pages';
import type { AccessKey } from '../../runbook/aws/aws';
import { runCdk } from '../support/cdk-cli';
import { signInOperator } from '../support/operator';
import { VirtualToken2Single } from '../tokens/token2-single';
import { enrollKey, enrollRoot } from './other-tokens';
import { chapter, done, expectThat, shown, table, tell, typed } from './story';
import { DemoWorld } from './world';

const INVENTORY = 'test/demo/tokens.yaml';
const FLEET = 'break-glass';
const HOLDER = 'alice.breakglass';
const PRIMARY = '86596220000001';
const BACKUP = '86596100000002';
const OPERATOR = 'olga';
const ROOT = join(__dirname, '..', '..');

async function deploy(world: DemoWorld): Promise<string> {
  chapter('The platform team deploys the guardrails and the record');
  tell(
    'test/demo/tokens.yaml declares which physical token belongs to which IAM user. The real CDK CLI synthesizes ' +
      'bin/guardrails.ts and deploys it, here to a sandbox on this machine that stands in for AWS.',
  );
  typed(`npx cdk deploy -c inventory=${INVENTORY}`);
  const { code, stdout, stderr, durationMs } = await runCdk(
    [
      ...['deploy', '--require-approval', 'never', '-c', `inventory=${INVENTORY}`],
      ...['--output', join(world.folder, 'cdk.out')],
    ],
    { endpoint: world.endpoint, credentials: world.sandbox.administrator, cwd: ROOT },
  );
  if (code !== 0) {
    shown(stdout + stderr);
  }
  expectThat(code === 0, `cdk deploy exits with 0, not ${code}`);
  const outputs = [...(stdout + stderr).matchAll(/^mfa-guardrails-break-glass\.(\S+) = (.*)$/gm)];
  shown(outputs.map(([line]) => line).join('\n'));
  shown(`(deployed in ${(durationMs / 1000).toFixed(1)} s)`);
  return outputs.find(([, name]) => name === 'OperatorRoleArn')?.[2] ?? '';
}

async function isDenied(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof Error && /^AccessDenied/.test(error.name)) {
      return error.message;
    }
    throw error;
  }
}

async function showDenied(world: DemoWorld, key: AccessKey): Promise<void> {
  chapter('Without MFA, the holder can do nothing');
  tell(`${HOLDER} is an administrator and has an access key, but no token yet.`);
  await world.makeAdministrator(HOLDER);
  typed('aws iam list-users                        # with the long-term key');
  const withKey = await isDenied(world.iam(key).send(new ListUsersCommand({})));
  expectThat(withKey !== undefined, 'a long-term key is denied');
  shown(`AccessDenied: ${withKey}`);
  const session = await world.session(key);
  typed(`aws ssm get-parameter --name ${manifestName(FLEET)}    # with a session that gave no code`);
  const withSession = await isDenied(
    world.ssm(session).send(new GetParameterCommand({ Name: manifestName(FLEET) })),
  );
  expectThat(withSession !== undefined, 'a session without MFA is denied');
  shown(`AccessDenied: ${withSession}`);
}

/** One enrollment in the demo. */
interface Scene {
  readonly slot: string;
  readonly laid: VirtualToken2Single;
  /** Answers a prompt. @default the code of the token on the reader */
  readonly type?: (asked: number) => string;
}

async function enroll(world: DemoWorld, operator: AccessKey, scene: Scene): Promise<number> {
  const args = ['enroll', HOLDER, '--slot', scene.slot];
  typed(`mfa-runbook ${args.join(' ')}`);
  if (!scene.laid.isOn) {
    scene.laid.press();
  }
  world.readers.lay(scene.laid);
  done(`${OPERATOR} switches on token ${scene.laid.serial} and puts it on the reader`);
  let asked = 0;
  const exitCode = await world.runbook(
    args,
    operator,
    async () => {
      const code = scene.type?.(asked) ?? scene.laid.readCode();
      asked++;
      done(`${OPERATOR} types the code from the display: ${code}`);
      return code;
    },
    shown,
  );
  world.readers.pull();
  shown(`(exit code ${exitCode})`);
  return exitCode;
}

async function enrollPrimary(world: DemoWorld, operator: AccessKey): Promise<VirtualToken2Single> {
  chapter('The operator enrolls the primary token, but starts with the wrong one');
  function clock() {
    return world.clock.now();
  }
  const backup = new VirtualToken2Single({ serial: BACKUP, clock });
  expectThat(
    (await enroll(world, operator, { slot: 'primary', laid: backup })) === 1,
    'a wrong token is refused',
  );
  expectThat(!backup.holdsSeed, 'the wrong token was not written');
  tell(
    'The command refused it before anything was created. Now the right token, with a typo in the first code:',
  );
  const primary = new VirtualToken2Single({ serial: PRIMARY, clock });
  function mistype(asked: number): string {
    const code = primary.readCode();
    return asked === 0 ? `${code.slice(0, 4)}${code[5]}${code[4] === code[5] ? '0' : code[4]}` : code;
  }
  const exitCode = await enroll(world, operator, { slot: 'primary', laid: primary, type: mistype });
  expectThat(exitCode === 0 && primary.holdsSeed, 'the primary token is enrolled');
  return primary;
}

async function enrollBackup(world: DemoWorld, operator: AccessKey): Promise<void> {
  chapter('The command finds a broken clock before AWS trusts the backup token');
  function clock() {
    return world.clock.now();
  }
  const broken = new VirtualToken2Single({ serial: BACKUP, clock, clockOffsetSeconds: -600 });
  broken.fail({ clockStuck: true });
  expectThat(
    (await enroll(world, operator, { slot: 'backup', laid: broken })) === 1,
    'a token with a stuck clock is refused',
  );
  tell(
    'AWS itself would have accepted those codes: it takes a pair that is hours old, and sign-in fails later. ' +
      'Now with a token that works:',
  );
  const sound = new VirtualToken2Single({ serial: BACKUP, clock });
  expectThat(
    (await enroll(world, operator, { slot: 'backup', laid: sound })) === 0,
    'the backup is enrolled',
  );
}

async function showSession(world: DemoWorld, key: AccessKey, primary: VirtualToken2Single): Promise<void> {
  chapter('The holder signs in with the token');
  // STS learns of a new device up to ten seconds after IAM.
  world.clock.advance(40_000);
  const { MFADevices: devices = [] } = await world
    .iam(world.sandbox.administrator)
    .send(new ListMFADevicesCommand({ UserName: HOLDER }));
  const deviceArn = devices.find((device) => device.SerialNumber?.endsWith(PRIMARY))?.SerialNumber ?? '';
  const code = primary.readCode();
  typed(`aws sts get-session-token --serial-number ${deviceArn} --token-code ${code}`);
  const session = await world.session(key, { deviceArn, code });
  typed('aws iam list-users                        # with that session');
  const { Users: users = [] } = await world.iam(session).send(new ListUsersCommand({}));
  expectThat(users.length > 0, 'a session with a code is allowed');
  shown(`allowed: ${users.map((user) => user.UserName).join(', ')}`);
  const replayed = await world.session(key, { deviceArn, code }).then(
    () => 'allowed',
    (error: Error) => error.message,
  );
  typed(`aws sts get-session-token … --token-code ${code}    # the same code again`);
  expectThat(replayed !== 'allowed', 'a code is accepted only once');
  shown(`AccessDenied: ${replayed}`);
}

async function showSideBySide(world: DemoWorld): Promise<void> {
  chapter('The record, IAM and the evidence agree');
  const credentials = world.sandbox.administrator;
  async function parameters(path: string) {
    const { Parameters: found = [] } = await world
      .ssm(credentials)
      .send(new GetParametersByPathCommand({ Path: path, Recursive: true }));
    return found.map(({ Name: name = '', Value: value = '' }) => ({ name, value }));
  }
  const { record, manifest } = parseRecord(FLEET, await parameters(recordPath(FLEET)));
  const evidence = (await parameters(evidencePath(FLEET))).map(({ value }) => JSON.parse(value));
  // IAM lists virtual devices of root here, and those of everybody else.
  const { VirtualMFADevices: devices = [] } = await world
    .iam(credentials)
    .send(new ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' }));
  const rows: string[][] = [];
  for (const holder of [...record.holders, ...record.roots.map(({ tokens }) => ({ name: 'root', tokens }))]) {
    for (const token of holder.tokens) {
      const device = devices.find(({ SerialNumber: arn = '' }) =>
        arn.endsWith(`.${token.slot}.${token.serial}`),
      );
      const proof = evidence.find(({ tokenSerial }) => tokenSerial === token.serial);
      rows.push([
        holder.name,
        token.slot,
        token.serial,
        token.custody ?? '',
        device === undefined ? 'not enrolled yet' : 'enabled',
        proof === undefined
          ? ''
          : `by ${String(proof.by).split('/').at(-1)}, record ${proof.generation.slice(0, 12)}`,
      ]);
    }
  }
  table(['holder', 'slot', 'record: token', 'custody', 'IAM: device', 'evidence'], rows);
  shown(`\nrecord generation ${manifest.generation}`);
  expectThat(rows.filter((row) => row[4] === 'enabled').length === 4, 'four devices are enabled');
}

async function main(): Promise<void> {
  // The SDK's warning about future versions of Node would interrupt the story.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const begun = performance.now();
  const world = await DemoWorld.open();
  process.once('SIGINT', () => {
    void world.close().finally(() => process.exit(130));
  });
  try {
    tell(
      'A hardware TOTP token becomes the second factor of an AWS break-glass user, and everybody can see which token it is.',
    );
    const roleArn = await deploy(world);
    const key = world.sandbox.createAccessKey(HOLDER);
    await showDenied(world, key);
    const operator = await signInOperator(world.sandbox, OPERATOR, roleArn);
    const primary = await enrollPrimary(world, operator);
    await enrollBackup(world, operator);
    await enrollKey(world, operator);
    await enrollRoot(world, operator);
    await showSession(world, key, primary);
    await showSideBySide(world);
  } finally {
    await world.close();
  }
  tell(
    `The end, after ${((performance.now() - begun) / 1000).toFixed(0)} s. The account existed only in memory, so nothing is left behind.`,
  );
}

main().catch((error: unknown) => {
  process.stderr.write(
    `demo: error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
});
