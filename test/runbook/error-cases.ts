/**
 * Every error code that scripts may rely on, with the smallest ways to it: one for each place that throws it.
 *
 * A code without a case does not compile. Wording is not asserted here: the transcripts record it.
 */
import { EventEmitter } from 'node:events';
import inspector from 'node:inspector';
import { type Aws, AwsFault } from '../../runbook/aws/aws';
import type { SessionIssuer } from '../../runbook/aws/session-issuer';
import { JournalError, type Journals } from '../../runbook/ceremony/journal';
import type { RunbookErrorCode } from '../../runbook/runbook-error';
import { serveOverIpc } from '../../runbook/seed-phase/own-process';
import { RemoteSeedPhase, type SeedProcess } from '../../runbook/seed-phase/remote-seed-phase';
import type { SeedPhase } from '../../runbook/seed-phase/seed-phase';
import type { FromPhase } from '../../runbook/seed-phase/wire';
import { TokenFullError, TokenLockedError, TouchError } from '../../runbook/token/driver';
import { ReaderError, type Readers } from '../../runbook/token/readers';
import { ALICE_BACKUP, ALICE_PRIMARY, INVENTORY } from '../support/bench';
import { drawCode, png } from '../support/code-pictures';
import { type Case, did, type Event, killed } from '../support/error-case';
import { NO_INPUT } from '../support/local-seed-phases';
import { journalOf, subjectOf } from '../support/sample-journals';
import { bankCard } from '../tokens/foreign-cards';
import { VirtualReaders } from '../tokens/virtual-readers';
import { tokenOf } from '../transcripts/directions';
import type { Setting, Stage } from '../transcripts/stage';

const ALICE = 'alice.breakglass';
const SPARE = '86596220000009';
const OTHER = '86596220000007';
const PRIMARY_NAME = `${ALICE}.primary.${ALICE_PRIMARY}`;
const BACKUP_NAME = `${ALICE}.backup.${ALICE_BACKUP}`;
const RECORD = '/mfa-guardrails/break-glass/record';
const EVIDENCE = `/mfa-guardrails/break-glass/evidence/${ALICE}/primary`;
const ROLE = 'arn:aws:iam::123456789012:role/break-glass';

const WITH_SPARE = { inventory: `${INVENTORY}spares:\n  - { serial: "${SPARE}" }\n` };

const WITH_KEY = {
  inventory: INVENTORY.replace(`serial: "${ALICE_PRIMARY}"`, `serial: "${ALICE_PRIMARY}", type: fido2`),
};
const KEY_REGISTERED = `registers the key primary.${ALICE_PRIMARY} of ${ALICE} in the console`;
function withKey(methods: Partial<Aws>): Setting {
  return { ...WITH_KEY, ...aws(() => methods) };
}

const enroll = `enroll ${ALICE} --slot primary`;
const prove = `prove ${ALICE} --slot primary`;
const resync = `resync ${ALICE} --slot primary`;
const replace = `replace ${ALICE} --slot primary --reason`;
const burnPicture = 'burn --qr code.png';
const burnTyped = 'burn --secret';
const retire = `retire ${ALICE} --slot primary --confirm ${ALICE}`;

function laid(serial: string): Event {
  return `lays ${serial} on the reader`;
}
const PRIMARY_LAID = laid(ALICE_PRIMARY);
const PRIMARY_ENROLLED = `was enrolled before: ${ALICE} primary, token ${ALICE_PRIMARY}`;
const BACKUP_ENROLLED = `was enrolled before: ${ALICE} backup, token ${ALICE_BACKUP}`;
const OWN_KEY = `works with a key of ${ALICE}'s own`;
const AT_A_TERMINAL = 'sits at a terminal';

const SECRET = 'GEZDGNBVGY3TQOJQ'.repeat(4);
const URI = `otpauth://totp/Example:alice@example.com?secret=${SECRET}&issuer=Example`;
const ROOT_INVENTORY = `${INVENTORY}root:\n  - { slot: primary, serial: "${OTHER}" }\n`;
const WITH_ROOT = { setting: { inventory: ROOT_INVENTORY } };
const enrollRoot = 'enroll root --slot primary --secret';
/** The code of a device of root, in an account of this number or alias. */
function rootUri(account: string): string {
  return `otpauth://totp/Amazon%20Web%20Services:root.primary.${OTHER}@${account}?secret=${SECRET}&issuer=Amazon%20Web%20Services`;
}
function pictured(uri: string): Event {
  return `saves a picture of the code ${uri} as code.png`;
}
function pasted(secret: string): Event {
  return `pastes ${secret} when asked for the secret`;
}
/** A picture that is not as it should be. */
function saved(spoil: (picture: Buffer) => Uint8Array): Event {
  return ({ bench }) =>
    bench.files.write('code.png', Buffer.from(spoil(png(drawCode(URI, 240)))).toString('latin1'), 0o644);
}

/** The record as it is deployed with another token in the primary slot. */
const REDEPLOYED = `the record that is deployed says:\n${INVENTORY.replace(ALICE_PRIMARY, OTHER)}`;

/** A drill that was interrupted, and whose device is gone since then. */
const DRILL_WITHOUT_DEVICE: readonly Event[] = [
  PRIMARY_ENROLLED,
  PRIMARY_LAID,
  killed('resync begun', prove),
  deletePrimary,
];

// Changes of the world, in the words of the transcripts.
const SEED_OF_NO_DEVICE = [
  `- token: ${ALICE_PRIMARY} is blank`,
  `+ token: ${ALICE_PRIMARY} holds a seed of no device`,
];
const KEY_AWAITED = openJournal('enroll', 'register begun');
const PROOF_AWAITED = openJournal('prove', 'proof begun');
const PRIMARY_GONE = [
  `- iam: ${PRIMARY_NAME} is enabled for ${ALICE}`,
  `- token: ${ALICE_PRIMARY} holds the seed of ${PRIMARY_NAME}`,
];
function openJournal(ceremony: string, at: string): string {
  return `+ journal: ${ceremony} of ${ALICE} primary, token ${ALICE_PRIMARY}, ${at}`;
}
/** The device is enabled, and something is left to do. */
function enabled(...rest: readonly string[]): readonly string[] {
  return [
    `- token: ${ALICE_PRIMARY} is blank`,
    `+ iam: ${PRIMARY_NAME} is enabled for ${ALICE}`,
    ...rest,
    `+ token: ${ALICE_PRIMARY} holds the seed of ${PRIMARY_NAME}`,
  ];
}
/** A drill that can no longer be finished is given up. */
const DRILL_CLOSED = [
  `- journal: prove of ${ALICE} primary, token ${ALICE_PRIMARY}, resync begun`,
  '+ journal: none',
];
function submittedCodes(count: number): readonly string[] {
  return Array.from({ length: count }, () => '+ file: /state/codes/<digest>/<step>.<digest> (0600)');
}

function put(name: string, value: string): Event {
  return ({ bench }) =>
    bench.admin('ssm', 'PutParameter', { Name: name, Value: value, Type: 'String', Overwrite: true });
}
function removed(name: string): Event {
  return ({ bench }) => bench.admin('ssm', 'DeleteParameter', { Name: name });
}
function edited(name: string, edit: (value: string) => string): Event {
  return async (stage) => {
    const { Parameter } = await stage.bench.admin('ssm', 'GetParameter', { Name: name });
    await (put(name, edit((Parameter as { Value: string }).Value)) as (stage: Stage) => unknown)(stage);
  };
}
/** Devices of alice with another name than ours. */
function phones(count: number): Event {
  return async ({ bench }) => {
    for (let n = 0; n < count; n++) {
      await bench.assignDevice(ALICE, `phone${n}`, '/');
    }
  };
}
function assigned(user: string, name: string): Event {
  return ({ bench }) => bench.assignDevice(user, name);
}
async function deletePrimary({ bench }: Stage): Promise<void> {
  const SerialNumber = bench.arn(ALICE, 'primary', ALICE_PRIMARY);
  const [device] = (await bench.devices()).filter(({ arn }) => arn === SerialNumber);
  if (device?.user !== undefined) {
    await bench.admin('iam', 'DeactivateMFADevice', { UserName: device.user, SerialNumber });
  }
  await bench.admin('iam', 'DeleteVirtualMFADevice', { SerialNumber });
}

/** AWS, with other methods. */
function aws(methods: (aws: Aws, stage: Stage) => Partial<Aws>): Setting {
  return { wrapAws: (whole, stage) => ({ ...whole, ...methods(whole, stage) }) };
}
function rejects(error: Error): () => Promise<never> {
  return async () => {
    throw error;
  };
}
/** A port with other methods. */
function altered<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
function issuer(methods: (issuer: SessionIssuer) => Partial<SessionIssuer>): Setting {
  return {
    wrapHost: (host) => ({
      ...host,
      connectSessions: (settings) => {
        const whole = host.connectSessions(settings);
        return altered(whole, methods(whole));
      },
    }),
  };
}
function journals(methods: (journals: Journals, stage: Stage) => Partial<Journals>): Setting {
  return {
    wrapHost: (host, stage) => ({
      ...host,
      journals: {
        open: (subject) => host.journals.open(subject),
        list: (fleet) => host.journals.list(fleet),
        setAside: (place) => host.journals.setAside(place),
        ...methods(host.journals, stage),
      },
    }),
  };
}
/** A role in the profile of an operator, who connects with it. */
function roleProfile(source: string, isLeftToSdk = false): Case {
  return {
    setting: {
      wrapHost: (host) => ({
        ...host,
        connectAws: (settings) => {
          const whole = host.connectAws(settings);
          async function identity() {
            await settings.owner?.check();
            if (isLeftToSdk) {
              throw await settings.owner?.explain(new Error('x'));
            }
            return whole.identity();
          }
          return altered(whole, { identity });
        },
      }),
    },
    world: [`the file /home/alice/.aws/config says:\n[profile x]\nrole_arn = ${ROLE}\n${source}\n`],
    run: `${enroll} --profile x`,
  };
}
function readers(methods: Partial<Readers>): Setting {
  return { readers: altered<Readers>(new VirtualReaders(), methods) };
}

/** A process of a seed that runs in this one. */
function inspectedProcess(): SeedProcess {
  inspector.open(0);
  let fromPhase: (message: FromPhase) => void = () => undefined;
  let gone: (how: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    gone = resolve;
  });
  function kill(): boolean {
    inspector.close();
    gone('ended');
    return true;
  }
  const own = Object.assign(new EventEmitter(), {
    connected: true,
    pid: 0,
    features: { inspector: true },
    send: (message: FromPhase) => void setImmediate(() => fromPhase(message)),
    kill,
  });
  serveOverIpc(own as unknown as NodeJS.Process, {
    connect: () => ({ createDevice: rejects(new Error('no device is made under a debugger')) }),
    readers: new VirtualReaders(),
    clock: { now: Date.now },
    input: NO_INPUT,
  });
  return {
    send: (message) => void own.emit('message', message),
    onMessage: (listener) => {
      fromPhase = listener;
    },
    ended,
    kill,
  };
}
/** A seed phase with other methods. */
function seedPhase(methods: (phase: SeedPhase) => Partial<SeedPhase>): Setting {
  return {
    wrapHost: (host) => ({
      ...host,
      openSeedPhase: (settings) => {
        const phase = host.openSeedPhase(settings);
        return altered(phase, methods(phase));
      },
    }),
  };
}
/** A token that answers to nothing before its password. */
function locked(problem: TokenLockedError['problem']): Case {
  return {
    setting: seedPhase(() => ({ layToken: rejects(new TokenLockedError('password', problem, 0)) })),
    world: [PRIMARY_LAID],
    run: enroll,
  };
}
function seedProcess(start: () => SeedProcess): Setting {
  return {
    wrapHost: (host) => ({ ...host, openSeedPhase: (settings) => new RemoteSeedPhase(settings, start) }),
  };
}

let lastWrongCode = 111_110;

/** Six digits that no token shows: seeds and times are the same in every run. */
function wrongCode(): string {
  return String(++lastWrongCode);
}

/** A code that was noted down two minutes ago. */
function staleCode({ bench, clock }: Stage): string {
  const code = bench.tokens[0]?.readCode() ?? '';
  clock.advance(120_000);
  return code;
}

/** The code that the token showed before this one. */
function firstCode({ bench, clock }: Stage): string {
  clock.advance(-30_000);
  const code = bench.tokens[0]?.readCode() ?? '';
  clock.advance(30_000);
  return code;
}

type Cases = readonly [Case, ...Case[]];

export const CASES = {
  usage: [
    { run: 'burn-it-all', exit: 2, state: false },
    { run: `enroll ${ALICE}`, exit: 2, state: false },
    { run: `enroll --all --slot primary`, exit: 2, state: false },
    { run: 'enroll --all --no-wait', exit: 2, state: false },
    { run: `${enroll} --no-wait`, exit: 2 },
    { run: `${enroll} --codes 3`, exit: 2, state: false },
    { run: `retire ${ALICE}`, exit: 2, state: false },
    { run: 'plan --fleet ../payments', exit: 2, state: false },
    { run: 'resume --list --abandon', exit: 2, state: false },
    { run: 'resume --abandon --no-wait', exit: 2, state: false },
    { run: `retire ${ALICE} --all-devices --no-wait`, exit: 2, state: false },
    { run: 'resume 12345678', exit: 2 },
    { run: 'assume break-glass', exit: 2, state: false },
    { run: `assume ${ROLE} --external-id x`, exit: 2, state: false },
    { run: 'session --duration tomorrow', exit: 2, state: false },
    { run: 'session --duration 1m', exit: 2, state: false },
    { run: 'session --write-profile "a b"', exit: 2, state: false },
    {
      world: [OWN_KEY],
      run: 'assume arn:aws-cn:iam::123456789012:role/break-glass',
      exit: 2,
    },
    {
      setting: {
        wrapHost: (host) => ({ ...host, files: altered(host.files, { read: rejects(new Error('EISDIR')) }) }),
      },
      run: 'evidence verify a-folder --offline',
      exit: 2,
    },
  ],
  cancelled: [
    { world: [PRIMARY_LAID], run: enroll, types: { code: undefined }, exit: 130, leaves: SEED_OF_NO_DEVICE },
    {
      world: [PRIMARY_LAID],
      run: 'enroll --all',
      types: { code: (stage) => stage.interrupt() },
      exit: 130,
      leaves: SEED_OF_NO_DEVICE,
    },
    {
      world: [PRIMARY_LAID, killed('burn done', enroll), PRIMARY_LAID],
      run: 'resume',
      types: { code: undefined },
      exit: 130,
      leaves: [
        `- iam: ${PRIMARY_NAME} is assigned to nobody`,
        `- journal: enroll of ${ALICE} primary, token ${ALICE_PRIMARY}, burn done`,
        `- token: ${ALICE_PRIMARY} holds the seed of ${PRIMARY_NAME}`,
        '+ iam: no devices',
        '+ journal: none',
        `+ token: ${ALICE_PRIMARY} holds a seed of no device`,
      ],
    },
    {
      setting: aws((whole, stage) => ({
        deactivateDevice: async (user, arn) => {
          stage.interrupt();
          stage.bench.stop.signal.throwIfAborted();
          return whole.deactivateDevice(user, arn);
        },
      })),
      world: [PRIMARY_ENROLLED, BACKUP_ENROLLED],
      run: `retire ${ALICE} --all-devices --confirm ${ALICE}`,
      exit: 130,
      leaves: [`+ journal: retire of ${ALICE} backup, token ${ALICE_BACKUP}, deactivate begun`],
    },
    {
      setting: aws(() => ({ identity: rejects(new AwsFault('sts:x', 'cancelled', 'x')) })),
      run: enroll,
      exit: 130,
    },
  ],
  internal: [
    { setting: aws(() => ({ identity: rejects(new TypeError('x is not a function')) })), run: enroll },
  ],

  'profile/missing': [
    {
      world: [
        OWN_KEY,
        `the file /home/alice/.aws/config says:\n[profile k]\naws_access_key_id = AKIA\naws_secret_access_key = s\n`,
      ],
      run: 'session --profile x',
    },
  ],
  'profile/unreadable': [
    {
      world: [
        OWN_KEY,
        `the file /home/alice/.aws/config says:\n[profile zoë]\naws_access_key_id = AKIA\naws_secret_access_key = s\n`,
      ],
      run: 'session --profile zoë',
    },
  ],
  'profile/incomplete': [
    {
      world: [
        OWN_KEY,
        `the file /home/alice/.aws/config says:\n[profile x]\naws_access_key_id = AKIA\naws_secret_access_key =\n`,
      ],
      run: 'session --profile x',
    },
  ],
  'profile/sso': [
    {
      world: [OWN_KEY, `the file /home/alice/.aws/config says:\n[profile x]\nsso_session = y\n`],
      run: 'session --profile x',
    },
  ],
  'profile/source-missing': [roleProfile('source_profile = y')],
  'profile/circle': [roleProfile('source_profile = x')],
  'profile/source-failed': [roleProfile('source_profile = p\n[profile p]\ncredential_process = x', true)],
  'profile/credential-source': [
    roleProfile('credential_source = Environment'),
    roleProfile('credential_source = environment'),
  ],

  'aws/no-credentials': [
    {
      setting: aws(() => ({ identity: rejects(new AwsFault('sts:x', 'no-credentials', 'x')) })),
      run: enroll,
    },
    { setting: aws(() => ({ identity: rejects(new AwsFault('sts:x', 'no-profile', 'x')) })), run: enroll },
    {
      setting: issuer(() => ({ signingKey: rejects(new AwsFault('sts:x', 'no-profile', 'x')) })),
      run: 'session',
    },
  ],
  'aws/bad-credentials': [
    {
      http: true,
      world: [
        ({ bench }) => {
          bench.credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' };
        },
      ],
      run: enroll,
    },
    {
      world: [
        (stage) => {
          stage.ownKey = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' };
        },
      ],
      run: 'session',
    },
  ],
  'aws/no-region': [
    { setting: aws(() => ({ identity: rejects(new AwsFault('sts:x', 'no-region', 'x')) })), run: enroll },
  ],
  'aws/no-answer': [
    { world: ['AWS answers sts:GetCallerIdentity with silence'], run: enroll },
    {
      // The answer to every attempt is lost, and AWS takes no pair twice.
      setting: aws(() => {
        let calls = 0;
        return {
          resyncDevice: async () => {
            throw calls++ % 2 === 0
              ? new AwsFault('iam:ResyncMFADevice', 'ConcurrentModification', 'x')
              : new AwsFault('iam:ResyncMFADevice', 'InvalidAuthenticationCode', 'x', { wasRefused: true });
          },
        };
      }),
      world: [PRIMARY_ENROLLED, PRIMARY_LAID],
      run: prove,
      leaves: [openJournal('prove', 'resync begun')],
    },
  ],
  'aws/denied': [
    {
      setting: withKey({
        consoleSignIns: rejects(new AwsFault('cloudtrail:LookupEvents', 'AccessDenied', 'no')),
      }),
      world: [KEY_REGISTERED],
      run: prove,
      leaves: [PROOF_AWAITED],
    },
    { world: ['AWS answers sts:GetCallerIdentity with access denied'], run: enroll },
    { world: ['AWS answers ssm:GetParametersByPath with access denied'], run: enroll },
    { world: ['AWS answers iam:CreateVirtualMFADevice with access denied', PRIMARY_LAID], run: enroll },
    {
      world: ['AWS answers iam:EnableMFADevice with access denied', PRIMARY_LAID],
      run: enroll,
      leaves: SEED_OF_NO_DEVICE,
    },
  ],
  'aws/throttled': [{ world: ['AWS answers sts:GetCallerIdentity with throttling'], run: enroll }],
  'aws/network-settings': [
    {
      setting: aws(() => ({
        identity: rejects(new AwsFault('sts:GetCallerIdentity', 'network-settings', 'no such proxy')),
      })),
      run: enroll,
    },
  ],
  'aws/too-late': [
    {
      setting: aws((whole, stage) => ({
        resyncDevice: async (...call) => {
          await whole.resyncDevice(...call);
          stage.clock.advance(100_000);
        },
      })),
      world: [PRIMARY_ENROLLED, PRIMARY_LAID],
      run: prove,
      exit: 3,
      leaves: [openJournal('prove', 'resync begun')],
    },
  ],
  'aws/failed': [{ world: ['AWS answers sts:GetCallerIdentity with a server error'], run: enroll }],

  'clock/off': [
    { world: ['the clock of this machine is 40 s ahead', PRIMARY_LAID], run: enroll },
    { world: ['the clock of this machine is 40 s behind', PRIMARY_LAID], run: enroll },
    {
      setting: aws((whole) => ({
        identity: async () => ({ ...(await whole.identity()), clockOffsetMs: undefined }),
      })),
      run: enroll,
    },
  ],

  'record/missing': [{ run: `${enroll} --fleet payments` }, { run: `${retire} --fleet payments` }],
  'record/incomplete': [{ world: [removed(`${RECORD}/page/0`)], run: enroll }],
  'record/mismatch': [
    { world: [edited(`${RECORD}/page/0`, (page) => page.replace(ALICE_PRIMARY, OTHER))], run: enroll },
    { world: [put(`${RECORD}/manifest`, 'not JSON')], run: enroll },
  ],
  'record/newer-schema': [
    {
      world: [edited(`${RECORD}/manifest`, (text) => JSON.stringify({ ...JSON.parse(text), schema: 3 }))],
      run: enroll,
    },
  ],
  'record/changed': [
    { world: [PRIMARY_LAID, killed('enable done', enroll), REDEPLOYED], run: enroll, exit: 3 },
    {
      world: [PRIMARY_LAID],
      run: enroll,
      types: { 'next-code': ({ bench }) => bench.deploy(INVENTORY.replace(ALICE_PRIMARY, OTHER)) },
      exit: 3,
      leaves: enabled(openJournal('enroll', 'enable done')),
    },
    {
      world: [PRIMARY_ENROLLED, PRIMARY_LAID, killed('resync begun', prove), REDEPLOYED],
      run: prove,
      exit: 3,
      leaves: DRILL_CLOSED,
    },
    {
      setting: WITH_SPARE,
      world: [
        PRIMARY_ENROLLED,
        laid(SPARE),
        killed('enable done', `${replace} broken`),
        `the record that is deployed says:\n${INVENTORY}`,
      ],
      run: `${replace} broken`,
      exit: 3,
    },
  ],
  'record/no-holder': [{ run: 'enroll carol --slot primary' }],
  'record/no-slot': [{ run: `enroll ${ALICE} --slot third` }],
  'record/no-spare': [
    { world: [PRIMARY_ENROLLED], run: `${replace} stolen --yes`, exit: 3 },
    { setting: WITH_SPARE, world: [PRIMARY_ENROLLED], run: `${replace} lost --spare ${OTHER}`, exit: 3 },
  ],
  'record/not-declared': [{ world: [pictured(URI), laid(SPARE)], run: burnPicture, types: { burn: 'yes' } }],
  'record/spare-in-use': [
    {
      setting: WITH_SPARE,
      world: [PRIMARY_ENROLLED, laid(SPARE), did(`${replace} broken`)],
      run: `${replace} lost`,
      exit: 3,
    },
  ],

  'iam/no-user': [
    { world: [`the user is gone from IAM: ${ALICE}`, PRIMARY_LAID], run: enroll },
    {
      world: [...DRILL_WITHOUT_DEVICE, `the user is gone from IAM: ${ALICE}`],
      run: prove,
      leaves: DRILL_CLOSED,
    },
    {
      world: [PRIMARY_LAID],
      run: enroll,
      types: {
        'next-code': ({ bench }) =>
          bench.admin('iam', 'DeleteUser', { UserName: ALICE }).then(() => undefined),
      },
      leaves: SEED_OF_NO_DEVICE,
    },
  ],
  'iam/device-limit': [
    { world: [phones(8), PRIMARY_LAID], run: enroll, exit: 3 },
    {
      setting: WITH_SPARE,
      world: [PRIMARY_ENROLLED, phones(7), laid(SPARE)],
      run: `${replace} lost`,
      exit: 3,
    },
  ],
  'iam/account-limit': [
    { setting: { sandbox: { usersQuota: 4 } }, world: [phones(4), PRIMARY_LAID], run: enroll },
  ],
  'iam/self-without-mfa': [
    {
      http: true,
      world: [
        BACKUP_ENROLLED,
        PRIMARY_LAID,
        async ({ bench }) => {
          await bench.admin('iam', 'PutUserPolicy', {
            UserName: ALICE,
            PolicyName: 'all',
            PolicyDocument: JSON.stringify({
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
            }),
          });
          bench.credentials = bench.sandbox.createAccessKey(ALICE);
        },
      ],
      run: enroll,
    },
  ],
  'iam/not-enrolled': [
    { run: prove, exit: 3 },
    { world: DRILL_WITHOUT_DEVICE, run: prove, exit: 3, leaves: DRILL_CLOSED },
    { run: `retire ${ALICE} --slot primary` },
    { run: `${replace} lost` },
  ],
  'iam/slot-taken': [
    { world: [assigned(ALICE, `${ALICE}.primary.${OTHER}`), PRIMARY_LAID], run: enroll, exit: 3 },
    { world: [assigned(ALICE, `${ALICE}.primary.${OTHER}`)], run: prove, exit: 3 },
    {
      world: [...DRILL_WITHOUT_DEVICE, assigned(ALICE, `${ALICE}.primary.${OTHER}`)],
      run: prove,
      exit: 3,
      leaves: DRILL_CLOSED,
    },
    {
      // Another run was faster.
      setting: aws((whole, { bench }) => ({
        createDevice: async (device) => {
          await bench.assignDevice(ALICE, PRIMARY_NAME);
          return whole.createDevice(device);
        },
      })),
      world: [PRIMARY_LAID],
      run: enroll,
      exit: 3,
      leaves: [`+ iam: ${PRIMARY_NAME} is enabled for ${ALICE}`],
    },
  ],
  'iam/token-in-use': [
    {
      world: [assigned('bob.breakglass', `bob.breakglass.backup.${ALICE_PRIMARY}`), PRIMARY_LAID],
      run: enroll,
      exit: 3,
    },
    { world: [assigned(ALICE, `${ALICE}.third.${ALICE_PRIMARY}`), PRIMARY_LAID], run: enroll, exit: 3 },
    {
      world: [PRIMARY_ENROLLED, PRIMARY_LAID, pasted(SECRET)],
      run: burnTyped,
      types: { overwrite: 'yes' },
      exit: 3,
    },
  ],
  'iam/device-gone': [
    {
      world: [PRIMARY_LAID],
      run: enroll,
      types: { 'next-code': deletePrimary },
      exit: 3,
      leaves: [
        `- token: ${ALICE_PRIMARY} is blank`,
        openJournal('enroll', 'enable begun'),
        `+ token: ${ALICE_PRIMARY} holds a seed of no device`,
      ],
    },
    {
      world: [PRIMARY_ENROLLED, PRIMARY_LAID],
      run: prove,
      types: { 'next-code': deletePrimary },
      exit: 3,
      leaves: [...PRIMARY_GONE, '+ iam: no devices', `+ token: ${ALICE_PRIMARY} holds a seed of no device`],
    },
  ],
  'iam/name-taken': [
    { world: [assigned('bob.breakglass', PRIMARY_NAME), PRIMARY_LAID], run: enroll, exit: 3 },
  ],
  'iam/leftover': [
    {
      world: [`another tool left an unassigned device: ${PRIMARY_NAME}`, PRIMARY_LAID],
      run: enroll,
      types: { 'delete-leftover': 'no' },
      exit: 3,
    },
    {
      setting: aws(() => ({
        createDevice: rejects(
          new AwsFault('iam:CreateVirtualMFADevice', 'EntityAlreadyExists', 'x', { wasRefused: true }),
        ),
      })),
      world: [PRIMARY_LAID],
      run: `${enroll} --yes`,
      exit: 3,
      leaves: [openJournal('enroll', 'device begun')],
    },
    { world: [PRIMARY_LAID, killed('device begun', enroll)], run: 'resume --abandon', exit: 3 },
  ],
  'iam/codes-rejected': [
    {
      setting: aws(() => ({
        enableDevice: rejects(
          new AwsFault('iam:EnableMFADevice', 'InvalidAuthenticationCode', 'x', { wasRefused: true }),
        ),
      })),
      world: [PRIMARY_LAID],
      run: enroll,
      leaves: SEED_OF_NO_DEVICE,
    },
    {
      world: [PRIMARY_ENROLLED, PRIMARY_LAID],
      run: prove,
      types: { code: wrongCode, 'next-code': wrongCode },
      exit: 3,
    },
  ],
  'iam/serial-unknown': [
    {
      setting: {
        inventory: INVENTORY.replace(
          `serial: "${ALICE_PRIMARY}"`,
          'serial: "GAHT00000000", type: hardware-totp',
        ),
        sandbox: { unknownSerialCode: 'NoSuchEntity' },
      },
      run: enroll,
      types: { code: '123456', 'next-code': '654321' },
      exit: 3,
    },
  ],
  'iam/not-registered': [
    {
      setting: WITH_KEY,
      run: enroll,
      exit: 3,
      leaves: [KEY_AWAITED],
    },
    {
      setting: WITH_KEY,
      world: [`registers the key phone of ${ALICE} in the console`],
      run: enroll,
      exit: 3,
      leaves: [KEY_AWAITED],
    },
  ],
  'iam/not-confirmed': [
    {
      setting: aws((whole) => {
        let isEnabled = false;
        return {
          enableDevice: async (...call) => {
            await whole.enableDevice(...call);
            isEnabled = true;
          },
          devicesOf: async (user) => (isEnabled ? [] : whole.devicesOf(user)),
        };
      }),
      world: [PRIMARY_LAID],
      run: enroll,
      exit: 3,
      leaves: enabled(openJournal('enroll', 'enable done')),
    },
    {
      setting: aws((whole) => {
        let listed: Awaited<ReturnType<Aws['devicesOf']>> = [];
        let isDeleted = false;
        return {
          deleteDevice: async (arn) => {
            await whole.deleteDevice(arn);
            isDeleted = true;
          },
          devicesOf: async (user) => {
            const found = await whole.devicesOf(user);
            listed = found.length > listed.length ? found : listed;
            return isDeleted ? listed : found;
          },
        };
      }),
      world: [PRIMARY_ENROLLED, BACKUP_ENROLLED],
      run: retire,
      exit: 3,
      leaves: [
        ...PRIMARY_GONE,
        openJournal('retire', 'delete done'),
        `+ token: ${ALICE_PRIMARY} holds a seed of no device`,
      ],
    },
  ],
  'iam/several-in-slot': [
    { setting: WITH_KEY, world: [KEY_REGISTERED, KEY_REGISTERED], run: enroll, exit: 3 },
    {
      world: [assigned(ALICE, `${ALICE}.primary.${OTHER}`), assigned(ALICE, `${ALICE}.primary.${SPARE}`)],
      run: `${replace} lost`,
      exit: 3,
    },
  ],
  'iam/same-token': [
    {
      setting: WITH_SPARE,
      world: [PRIMARY_ENROLLED],
      run: `${replace} lost --spare ${ALICE_PRIMARY}`,
      exit: 2,
    },
  ],
  'iam/last-device': [{ world: [PRIMARY_ENROLLED], run: retire, exit: 3 }],
  'iam/not-removed': [
    {
      setting: aws(() => ({
        deleteDevice: rejects(
          new AwsFault('iam:DeleteVirtualMFADevice', 'DeleteConflict', 'x', { wasRefused: true }),
        ),
      })),
      world: [PRIMARY_ENROLLED, BACKUP_ENROLLED],
      run: retire,
      exit: 3,
      leaves: [
        `- iam: ${PRIMARY_NAME} is enabled for ${ALICE}`,
        `+ iam: ${PRIMARY_NAME} is assigned to nobody`,
        openJournal('retire', 'delete begun'),
      ],
    },
  ],
  'iam/no-security-keys': [
    {
      setting: {
        inventory: INVENTORY.replace(`serial: "${ALICE_PRIMARY}"`, 'serial: "31415926", type: fido2'),
        sandbox: { partition: 'aws-cn', region: 'cn-north-1' },
      },
      run: enroll,
    },
    {
      setting: {
        inventory: `${INVENTORY}root:\n  - { slot: primary, serial: "31415926", type: fido2 }\n`,
        sandbox: { partition: 'aws-cn', region: 'cn-north-1' },
      },
      run: 'enroll root --slot primary',
    },
  ],
  'iam/no-root': [
    {
      setting: {
        inventory: ROOT_INVENTORY,
        sandbox: { partition: 'aws-us-gov', region: 'us-gov-west-1' },
      },
      run: enrollRoot,
    },
  ],
  'iam/devices-left': [
    {
      world: [PRIMARY_ENROLLED, phones(1)],
      run: `retire ${ALICE} --all-devices --confirm ${ALICE}`,
      exit: 3,
      leaves: [
        `- iam: ${PRIMARY_NAME} is enabled for ${ALICE}`,
        `- evidence: enroll of ${ALICE} primary, token ${ALICE_PRIMARY} (record clock serial burn codes:1 listed)`,
        '- log: enroll',
        `- token: ${ALICE_PRIMARY} holds the seed of ${PRIMARY_NAME}`,
        `+ evidence: retire of ${ALICE} primary, token ${ALICE_PRIMARY} (record deactivated deleted not-listed)`,
        '+ log: enroll, retire',
        `+ token: ${ALICE_PRIMARY} holds a seed of no device`,
      ],
    },
  ],

  'reader/no-module': [
    { setting: { readers: new VirtualReaders({ fault: 'no-module' }) }, run: enroll },
    { setting: readers({ card: rejects(new ReaderError('other-node')) }), run: enroll },
  ],
  'reader/no-service': [
    { setting: { readers: new VirtualReaders({ fault: 'no-service' }) }, run: enroll },
    { setting: readers({ card: rejects(new ReaderError('no-service', ['/tmp/x'])) }), run: enroll },
  ],
  'reader/service-closed': [
    { setting: readers({ card: rejects(new ReaderError('service-closed', ['/tmp/x'])) }), run: enroll },
  ],
  'reader/other-service': [
    { setting: readers({ card: rejects(new ReaderError('other-service', ['/tmp/x'])) }), run: 'token info' },
  ],
  'token/not-erasable': [
    { world: [laid(ALICE_PRIMARY)], run: `token erase ${ALICE_PRIMARY} --token-profile 7` },
  ],
  'token/nothing-there': [
    {
      world: ['puts the key 12345678 on the reader, with mail, shop'],
      run: 'token erase 12345678 --credential bank',
    },
  ],
  'reader/no-access': [{ setting: { readers: new VirtualReaders({ fault: 'no-access' }) }, run: enroll }],
  'reader/none': [
    { setting: { readers: new VirtualReaders({ names: [] }) }, run: enroll },
    { setting: readers({ card: rejects(new ReaderError('unplugged', ['ACS A'])) }), run: 'token info' },
    { setting: { readers: new VirtualReaders({ names: [] }) }, run: 'token list' },
  ],
  'reader/in-use': [
    { setting: readers({ card: rejects(new ReaderError('card-in-use', ['ACS A'])) }), run: enroll },
    { setting: readers({ card: rejects(new ReaderError('card-in-use', ['ACS A'])) }), run: 'token info' },
  ],
  'reader/unknown': [{ run: `${enroll} --reader nonesuch` }],
  'reader/several': [
    { setting: { readers: new VirtualReaders({ names: ['ACS A', 'ACS B'] }) }, run: enroll },
  ],

  'token/absent': [{ run: enroll }, { world: [PRIMARY_ENROLLED, PRIMARY_LAID], run: 'enroll --all' }],
  'token/mute': [{ setting: readers({ card: rejects(new ReaderError('mute-card')) }), run: enroll }],
  'token/gone': [
    {
      world: [`the token ${ALICE_PRIMARY} is switched off`, `puts ${ALICE_PRIMARY} on the reader as it is`],
      run: enroll,
    },
  ],
  'token/foreign': [{ world: [({ bench }) => bench.readers.lay(bankCard())], run: enroll }],
  'token/unknown-model': [{ world: [laid('12345678')], run: enroll }],
  'token/not-programmable': [{ world: [laid('86596230000001')], run: enroll }],
  'token/no-clock': [{ setting: WITH_KEY, run: resync, exit: 2 }],
  'token/wrong-kind': [
    {
      setting: {
        inventory: INVENTORY.replace(`serial: "${ALICE_PRIMARY}"`, `serial: "${ALICE_PRIMARY}", type: oath`),
      },
      world: [PRIMARY_LAID],
      run: enroll,
    },
    {
      setting: { inventory: `${INVENTORY}spares:\n  - { serial: "${SPARE}", type: oath }\n` },
      world: [PRIMARY_ENROLLED, laid(SPARE)],
      run: `${replace} lost`,
    },
  ],
  'token/locked': [
    locked('needed'),
    locked('wrong'),
    locked('blocked'),
    {
      world: [
        PRIMARY_LAID,
        ({ bench }) => bench.files.write('/state/locked-tokens', `${ALICE_PRIMARY} 2026-01-02\n`, 0o600),
      ],
      run: enroll,
    },
  ],
  'token/filled': [
    {
      setting: seedPhase(() => ({ occupancy: async () => ({ state: 'filled', label: 'github:alice' }) })),
      world: [PRIMARY_LAID],
      run: `${enroll} --yes`,
      types: { 'replace-filled': 'no' },
      exit: 3,
    },
  ],
  'token/full': [
    {
      setting: seedPhase(() => ({ burn: rejects(new TokenFullError()) })),
      world: [PRIMARY_LAID],
      run: enroll,
    },
  ],
  'token/no-touch': [
    {
      setting: seedPhase(() => ({ burn: rejects(new TouchError()) })),
      world: [PRIMARY_LAID],
      run: enroll,
    },
  ],
  'token/wrong-serial': [
    { world: [laid(ALICE_BACKUP)], run: enroll },
    { world: [PRIMARY_ENROLLED], run: resync, types: { serial: '1' }, exit: 3 },
    { setting: WITH_SPARE, world: [PRIMARY_ENROLLED, laid(OTHER)], run: `${replace} lost` },
    { world: [pasted(SECRET), PRIMARY_LAID], run: `${burnTyped} --unrecorded ${OTHER}` },
  ],
  'token/seed-too-long': [
    {
      setting: seedPhase((phase) => ({
        layToken: async (...call) => ({ ...(await phase.layToken(...call)), seedCapacity: 20 }),
      })),
      world: [PRIMARY_LAID],
      run: enroll,
    },
  ],
  'token/refused': [
    {
      world: [`the token ${ALICE_PRIMARY} is defective: its challenge is too short`, PRIMARY_LAID],
      run: enroll,
    },
    {
      world: [
        (stage) => {
          const token = tokenOf(stage, ALICE_PRIMARY);
          const receive = token.receive.bind(token);
          token.receive = (command) => (command[1] === 0xc5 ? Uint8Array.of(0x6a, 0x80) : receive(command));
        },
        PRIMARY_LAID,
      ],
      run: enroll,
      writes: true,
    },
  ],
  'token/clock-off': [
    {
      world: [
        `the clock of a token ${ALICE_PRIMARY} is 300 s behind`,
        (stage) => tokenOf(stage, ALICE_PRIMARY).fail({ clockStuck: true }),
        PRIMARY_LAID,
      ],
      run: enroll,
      leaves: SEED_OF_NO_DEVICE,
    },
    {
      world: [
        `the clock of a token ${ALICE_PRIMARY} runs 1000 ppm slow`,
        PRIMARY_ENROLLED,
        '400 days go by',
        PRIMARY_LAID,
      ],
      run: prove,
      exit: 3,
    },
  ],
  'code/wrong': [
    {
      setting: seedPhase((phase) => ({
        layToken: async (...call) => ({ ...(await phase.layToken(...call)), codeSource: 'key' }),
        code: async () => '000000',
      })),
      world: [PRIMARY_LAID],
      run: enroll,
      leaves: SEED_OF_NO_DEVICE,
    },
    { world: [PRIMARY_LAID], run: enroll, types: { code: wrongCode }, leaves: SEED_OF_NO_DEVICE },
    { world: [PRIMARY_LAID], run: enroll, types: { code: staleCode }, leaves: SEED_OF_NO_DEVICE },
    { world: [PRIMARY_LAID], run: enroll, types: { 'next-code': firstCode }, leaves: SEED_OF_NO_DEVICE },
    {
      world: [PRIMARY_ENROLLED, PRIMARY_LAID],
      run: prove,
      types: { 'next-code': ({ clock }) => clock.advance(120_000) },
    },
  ],

  'evidence/not-written': [
    {
      world: ['AWS answers ssm:PutParameter with access denied', PRIMARY_LAID],
      run: enroll,
      leaves: enabled(openJournal('enroll', 'evidence begun'), '+ log: enroll'),
    },
    {
      setting: {
        wrapHost: (host) => ({
          ...host,
          evidenceLog: (fleet) => ({
            ...host.evidenceLog(fleet),
            append: rejects(new Error('the disk is full')),
          }),
        }),
      },
      world: [PRIMARY_LAID],
      run: enroll,
      leaves: enabled(
        openJournal('enroll', 'evidence begun'),
        `+ evidence: enroll of ${ALICE} primary, token ${ALICE_PRIMARY} (record clock serial burn codes:2 listed)`,
      ),
    },
  ],
  'evidence/no-sign-in': [
    {
      setting: withKey({ consoleSignIns: async () => ({ signIns: [], deniedRegions: [] }) }),
      world: [KEY_REGISTERED],
      run: prove,
      exit: 3,
      leaves: [PROOF_AWAITED],
    },
    {
      setting: WITH_KEY,
      world: [KEY_REGISTERED],
      run: `${prove} --witness "Wanda Witt"`,
      types: { witness: ALICE_PRIMARY, 'saw-sign-in': 'no' },
      exit: 3,
    },
  ],
  'evidence/none': [{ run: `evidence certificate ${ALICE} --slot primary` }, { run: 'evidence verify' }],
  'evidence/unreadable': [
    { world: [put(EVIDENCE, 'not JSON')], run: 'evidence list', exit: 3 },
    { world: [put(EVIDENCE, 'not JSON')], run: `evidence certificate ${ALICE} --slot primary`, exit: 3 },
  ],
  'evidence/broken': [
    {
      world: [
        PRIMARY_ENROLLED,
        BACKUP_ENROLLED,
        'line 2 of the evidence log is edited: platform-admin becomes me',
      ],
      run: 'evidence verify',
      exit: 3,
    },
  ],

  'witness/not-a-name': [{ run: `${enroll} --witness " "`, exit: 2, state: false }],
  'witness/same-person': [{ world: [PRIMARY_LAID], run: `${enroll} --witness Platform.Admin`, exit: 2 }],
  'witness/wrong-serial': [
    { world: [PRIMARY_LAID], run: `${enroll} --witness "Wanda Witt"`, types: { witness: '1' }, exit: 3 },
  ],

  'disk/failed': [
    {
      setting: journals(() => ({ open: rejects(Object.assign(new Error('EROFS'), { code: 'EROFS' })) })),
      run: enroll,
    },
  ],
  'enroll/some-failed': [
    {
      setting: { inventory: INVENTORY.replace(/ {2}bob[\s\S]*$/, '').replace(/.*backup.*\n/, '') },
      world: [PRIMARY_LAID],
      run: 'enroll --all',
      types: { code: wrongCode },
      leaves: SEED_OF_NO_DEVICE,
    },
  ],
  'retire/some-failed': [
    {
      world: [PRIMARY_ENROLLED, BACKUP_ENROLLED, 'AWS answers iam:DeactivateMFADevice with access denied'],
      run: `retire ${ALICE} --all-devices --confirm ${ALICE}`,
    },
  ],

  'journal/unreadable': [
    {
      world: [PRIMARY_LAID, killed('burn done', enroll), 'the journals on the disk are torn'],
      run: enroll,
      exit: 3,
    },
  ],
  'journal/newer-schema': [
    { setting: journals(() => ({ open: rejects(new JournalError('newer-schema', 'x', 'x')) })), run: enroll },
  ],
  'journal/locked': [{ world: [({ bench }) => bench.journals.open(subjectOf(ALICE))], run: enroll }],
  'journal/not-written': [
    {
      setting: journals((whole) => ({
        open: async (subject) => ({
          ...(await whole.open(subject)),
          write: rejects(new JournalError('not-written', 'x', 'x')),
        }),
      })),
      world: [PRIMARY_LAID],
      run: enroll,
    },
  ],
  'journal/open': [{ world: [PRIMARY_LAID, killed('burn done', enroll)], run: `${replace} lost`, exit: 3 }],
  'journal/closed': [
    {
      setting: journals((whole) => ({
        list: async (fleet) => {
          const listed = await whole.list(fleet);
          for (const { journal } of listed) {
            await (await whole.open(journal?.subject ?? subjectOf(ALICE))).remove();
          }
          return listed;
        },
      })),
      world: [PRIMARY_ENROLLED, PRIMARY_LAID, killed('resync begun', prove)],
      run: 'resume',
      leaves: DRILL_CLOSED,
    },
  ],
  'journal/other-account': [
    {
      world: [
        async ({ bench }) => {
          const subject = { ...subjectOf(ALICE), account: '999999999999' };
          const open = await bench.journals.open(subject);
          await open.write(journalOf(subject, []));
          await open.release();
        },
      ],
      run: 'resume',
    },
  ],
  'resume/not-finished': [
    {
      world: [
        PRIMARY_LAID,
        killed('burn done', enroll),
        laid(ALICE_BACKUP),
        killed('burn done', `enroll ${ALICE} --slot backup`),
        'takes 0 off the reader',
      ],
      run: 'resume',
      exit: 3,
      leaves: [
        `- iam: ${BACKUP_NAME} is assigned to nobody`,
        `- iam: ${PRIMARY_NAME} is assigned to nobody`,
        `- journal: enroll of ${ALICE} backup, token ${ALICE_BACKUP}, burn done`,
        `- journal: enroll of ${ALICE} primary, token ${ALICE_PRIMARY}, burn done`,
        `- token: ${ALICE_PRIMARY} holds the seed of ${PRIMARY_NAME}`,
        `- token: ${ALICE_BACKUP} holds the seed of ${BACKUP_NAME}`,
        '+ iam: no devices',
        '+ journal: none',
        `+ token: ${ALICE_PRIMARY} holds a seed of no device`,
        `+ token: ${ALICE_BACKUP} holds a seed of no device`,
      ],
    },
  ],

  'session/temporary-caller': [
    {
      setting: issuer((whole) => ({
        signingKey: async () => ({ ...(await whole.signingKey()), isTemporary: true }),
      })),
      world: [OWN_KEY],
      run: 'session',
    },
  ],
  'session/no-device': [
    { world: [OWN_KEY, AT_A_TERMINAL], run: 'session' },
    { world: [PRIMARY_ENROLLED, OWN_KEY, AT_A_TERMINAL], run: 'session --device backup' },
    {
      world: [PRIMARY_ENROLLED, OWN_KEY, AT_A_TERMINAL, 'AWS answers iam:ListMFADevices with access denied'],
      run: 'session',
    },
    {
      // Told by its ARN, and listed only after AWS refused its code.
      setting: issuer((whole) => {
        let calls = 0;
        return {
          ownDevices: async () => {
            if (calls++ === 0) {
              throw new AwsFault('iam:ListMFADevices', 'AccessDenied', 'x', { wasRefused: true });
            }
            return whole.ownDevices();
          },
        };
      }),
      world: [PRIMARY_ENROLLED, OWN_KEY, AT_A_TERMINAL],
      run: `session --device arn:aws:iam::123456789012:mfa/phone`,
      types: { code: '123456' },
      leaves: submittedCodes(1),
    },
  ],
  'session/fido': [
    {
      setting: issuer(() => ({
        ownDevices: async () => [
          { arn: 'arn:aws:iam::123456789012:u2f/user/alice/key', enabledAt: undefined },
        ],
      })),
      world: [OWN_KEY, AT_A_TERMINAL],
      run: 'session',
    },
  ],
  'session/no-terminal': [{ world: [PRIMARY_ENROLLED, OWN_KEY], run: 'exec -- true' }],
  'session/wrong-code': [
    {
      world: [PRIMARY_ENROLLED, OWN_KEY, AT_A_TERMINAL],
      run: 'session',
      types: { code: wrongCode },
      leaves: submittedCodes(3),
    },
  ],
  'session/role-refused': [
    {
      world: [
        PRIMARY_ENROLLED,
        OWN_KEY,
        AT_A_TERMINAL,
        'a role asks for MFA: break-glass, trusts bob.breakglass',
      ],
      run: `assume ${ROLE}`,
      leaves: submittedCodes(1),
    },
  ],
  'session/duration': [
    {
      world: [PRIMARY_ENROLLED, OWN_KEY, AT_A_TERMINAL, `a role asks for MFA: break-glass, trusts ${ALICE}`],
      run: `assume ${ROLE} --duration 2h`,
      leaves: submittedCodes(1),
    },
  ],
  'session/unsafe-file': [
    {
      world: [
        PRIMARY_ENROLLED,
        OWN_KEY,
        AT_A_TERMINAL,
        did('session --output none'),
        ({ bench }) => {
          for (const [path, { text }] of bench.files.texts) {
            bench.files.texts.set(path, { text, mode: 0o644 });
          }
        },
      ],
      run: 'session',
    },
  ],
  'session/source-profile': [
    {
      world: [OWN_KEY, `the file /home/alice/.aws/config says:\n[profile x]\nrole_arn = ${ROLE}\n`],
      run: 'session --profile x',
    },
    {
      world: [
        OWN_KEY,
        'the file /home/alice/.aws/config says:\n[profile x]\ncredential_process = mfa-runbook session\n',
      ],
      run: 'session --profile x',
    },
  ],
  'session/profile-kept': [
    {
      world: [OWN_KEY, 'the file /home/alice/.aws/credentials says:\n[alice]\naws_access_key_id = AKIA\n'],
      run: 'session --write-profile alice',
    },
  ],
  'session/no-program': [
    {
      setting: {
        wrapHost: (host) => ({ ...host, spawn: rejects(Object.assign(new Error('x'), { code: 'ENOENT' })) }),
      },
      world: [PRIMARY_ENROLLED, OWN_KEY, AT_A_TERMINAL],
      run: 'exec -- nonesuch',
      leaves: [
        '+ file: /cache/sessions/<digest>.json (0600)',
        ...submittedCodes(1),
        '+ file: /state/devices/<digest> (0600)',
      ],
    },
  ],

  'inventory/unreadable': [
    { run: 'plan --inventory nowhere.yaml' },
    {
      setting: {
        wrapHost: (host) => ({ ...host, files: altered(host.files, { read: rejects(new Error('EISDIR')) }) }),
      },
      run: 'plan',
    },
  ],
  'inventory/invalid': [{ world: ['the file tokens.yaml says:\nfleet: [1]\n'], run: 'plan' }],
  'inventory/other-fleet': [
    {
      world: [`the file other.yaml says:\n${INVENTORY.replace('break-glass', 'payments')}`],
      run: 'plan --inventory other.yaml',
    },
  ],
  'plan/to-do': [{ run: 'plan', exit: 3 }],
  'doctor/failed': [{ setting: { readers: new VirtualReaders({ names: [] }) }, run: 'doctor' }],

  'seed/not-a-picture': [
    { world: ['the file code.png says:\n<svg/>'], run: burnPicture },
    { world: [saved((picture) => picture.subarray(0, 200))], run: burnPicture },
    { world: [saved((picture) => Buffer.from(picture).fill(1, 28, 29))], run: burnPicture },
  ],
  'seed/too-large': [
    { world: [saved((picture) => Buffer.from(picture).fill(0x7f, 17, 20))], run: burnPicture },
    { world: [saved(() => Buffer.alloc(20 * 1024 * 1024 + 1))], run: burnPicture },
  ],
  'seed/no-code': [{ world: ['saves a picture without a code as code.png'], run: burnPicture }],
  'seed/two-secrets': [
    {
      world: [`saves a picture of the codes ${URI} and ${URI.replace('GEZ', 'ABC')} as code.png`],
      run: burnPicture,
    },
  ],
  'seed/not-otpauth': [
    { world: [pictured('https://example.com/secret')], run: burnPicture },
    { world: [pictured(`${URI}&secret=AAAA`)], run: burnPicture },
    { world: [pictured('otpauth://totp/alice?issuer=GitHub')], run: burnPicture },
    { world: [pasted('otpauth://totp/alice?secret=%GG')], run: burnTyped },
  ],
  'seed/not-supported': [
    { world: [pictured(URI.replace('totp', 'hotp'))], run: burnPicture },
    { world: [pictured(`${URI}&digits=8`)], run: burnPicture },
  ],
  'seed/not-a-secret': [
    { world: [pasted('123456')], run: burnTyped },
    { world: [pasted('code.png')], run: burnTyped },
    { world: [pasted(SECRET.replace('G', '1'))], run: burnTyped },
    { world: [pasted('ABCDEFGH')], run: burnTyped },
    { world: [pasted(`${SECRET.slice(0, 31)}`)], run: burnTyped },
  ],
  'seed/other-account': [
    { ...WITH_ROOT, world: [laid(OTHER), pasted(rootUri('999999999999'))], run: enrollRoot },
    { ...WITH_ROOT, world: [laid(OTHER), pasted(rootUri('payments'))], run: enrollRoot },
    { ...WITH_ROOT, world: [laid(OTHER), pasted(URI)], run: enrollRoot },
  ],
  'seed/no-terminal': [{ run: 'burn --qr -', exit: 2 }],

  'seed-phase/died': [
    {
      setting: seedProcess(() => ({
        send: () => undefined,
        onMessage: () => undefined,
        ended: Promise.resolve('ended with SIGKILL'),
        kill: () => undefined,
      })),
      run: enroll,
    },
  ],
  'seed-phase/inspected': [{ setting: seedProcess(inspectedProcess), run: enroll }],
} satisfies Record<RunbookErrorCode, Cases>;
