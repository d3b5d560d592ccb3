/**
 * The directions of transcripts: what people do, and what happens to the world.
 *
 * Rules: a direction is a sentence; one that nobody understands fails the transcript.
 */
import { Secret } from 'otpauth';
import { TokenCodes } from '../sandbox/test-clients';
import { blank, drawCode, paste, png } from '../support/code-pictures';
import { PrintedFob } from '../tokens/printed-fob';
import { VirtualMolto2 } from '../tokens/token2-molto2';
import type { VirtualTokenOptions } from '../tokens/token2-single';
import { VirtualYkOath } from '../tokens/ykoath';
import { ownEnrollment } from './own-enrollment';
import type { Stage } from './stage';
import type { Direction } from './transcript-file';

/** Follows a direction. After a line of output, a quick one is done before the program continues. */
type Act = (stage: Stage, words: readonly string[], block: string) => void | Promise<void>;

const SECONDS: Readonly<Record<string, number>> = { s: 1, second: 1, minute: 60, hour: 3600, day: 86_400 };

function signedSeconds(number = '', direction = ''): number {
  return Number(number) * (direction === 'behind' ? -1 : 1);
}

/** The same in every run, so that what goes over the air is, too. */
const CHALLENGE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** The token with a serial; made, blank and switched on, when it is named first. */
export function tokenOf({ bench }: Stage, serial: string, options: Partial<VirtualTokenOptions> = {}) {
  const found = bench.tokens.find((token) => token.serial === serial);
  return found ?? bench.token(serial, { challenge: () => CHALLENGE, ...options });
}

const lay: Act = (stage, [serial = '']) => {
  const token = tokenOf(stage, serial);
  if (!token.isOn) {
    token.press();
  }
  stage.bench.readers.lay(token);
};

/** Instruction of the write of a seed. */
const WRITE_SEED = 0xc5;

const layUnanswered: Act = (stage, [serial = '']) => {
  const token = tokenOf(stage, serial);
  if (!token.isOn) {
    token.press();
  }
  stage.bench.readers.lay({
    atr: token.atr,
    enterField: () => token.enterField(),
    leaveField: () => token.leaveField(),
    receive: async (command) => {
      const answer = await token.receive(command);
      return command[1] === WRITE_SEED ? 'mute' : answer;
    },
  });
};

/** Makes the key with a serial when it is named first; it holds credentials that somebody uses for other things. */
const layKey: Act = ({ bench, keys }, [serial = '', labels = '']) => {
  const credentials = labels
    .split(', ')
    .filter((label) => label !== '')
    .map((name) => ({ name, secret: new Uint8Array(20).fill(7) }));
  const made = new VirtualYkOath({
    serial: Number(serial),
    connection: 'nfc',
    challenge: () => CHALLENGE,
    credentials,
  });
  const key = keys.find((each) => each.serial === serial) ?? made;
  if (key === made) {
    keys.push(key);
  }
  bench.readers.lay(key);
};

const plugIn: Act = ({ bench, clock, profiles }, [serial = '']) => {
  const made = new VirtualMolto2({ serial, clock: clock.now, challenge: () => CHALLENGE });
  const token = profiles.find((each) => each.serial === serial) ?? made;
  if (token === made) {
    profiles.push(token);
  }
  bench.readers.lay(token);
};

const FAULTS = {
  'access denied': 'access-denied',
  silence: 'dropped-after',
  throttling: 'throttled',
  'a server error': 'server-error',
} as const;

/** Does it to every call of an operation until told otherwise. */
const answerWith: Act = ({ faults }, [action = '', fault = '']) => {
  const found = Object.entries(FAULTS).find(([name]) => name === fault)?.[1];
  if (found === undefined) {
    throw new Error(`AWS does not answer with "${fault}"`);
  }
  faults.set(action.slice(action.indexOf(':') + 1), found);
};

const useOwnKey: Act = async (stage, [user = '']) => {
  const { bench } = stage;
  const statement = {
    Effect: 'Allow',
    Action: 'iam:ListMFADevices',
    Resource: `arn:aws:iam::123456789012:user/${user}`,
  };
  await bench.admin('iam', 'PutUserPolicy', {
    UserName: user,
    PolicyName: 'self-service',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  });
  stage.ownKey = bench.sandbox.createAccessKey(user);
};

const createRole: Act = async ({ bench }, [name = '', user = '']) => {
  const statement = {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Principal: { AWS: `arn:aws:iam::123456789012:user/${user}` },
    Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  };
  function document(Statement: readonly object[]): string {
    return JSON.stringify({ Version: '2012-10-17', Statement });
  }
  await bench.admin('iam', 'CreateRole', {
    RoleName: name,
    MaxSessionDuration: 3600,
    AssumeRolePolicyDocument: document([statement]),
  });
};

const editLog: Act = ({ bench }, [number = '', from = '', to = '']) => {
  const lines = bench.log.split('\n');
  const at = Number(number) - 1;
  const line = lines[at];
  if (!line?.includes(from)) {
    throw new Error(`line ${number} of the log does not say ${from}`);
  }
  lines[at] = line.replace(from, to);
  bench.log = lines.join('\n');
};

const tearJournals: Act = async ({ bench, fleet }) => {
  for (const { journal } of await bench.journals.list(fleet)) {
    if (journal === undefined) {
      continue;
    }
    const text = [...bench.journals.files.values()].find((each) => each.includes(journal.id)) ?? '';
    bench.journals.tamper(journal.subject, text.slice(0, text.length / 2));
  }
};

function save({ bench }: Stage, path: string, picture: Uint8Array): Promise<void> {
  return bench.files.write(path, Buffer.from(picture).toString('latin1'), 0o644);
}

const savePicture: Act = (stage, [uri = '', path = '']) => save(stage, path, png(drawCode(uri, 150)));

const saveTwoCodes: Act = (stage, [one = '', other = '', path = '']) => {
  const both = paste(blank(320, 150), drawCode(one, 150), [0, 0]);
  return save(stage, path, png(paste(both, drawCode(other, 150), [170, 0])));
};

const signInWithKey: Act = async ({ bench }, [user = '', name = '']) => {
  const { MFADevices } = (await bench.admin('iam', 'ListMFADevices', { UserName: user })) as {
    MFADevices: readonly { SerialNumber: string }[];
  };
  const device = MFADevices.find(({ SerialNumber }) => SerialNumber.includes(`/${name}-`))?.SerialNumber;
  if (device === undefined) {
    throw new Error(`${user} has no key ${name}`);
  }
  bench.sandbox.console().signIn(user, { device, region: 'eu-north-1' });
};

/** The secrets that root's console shows, by the names of the devices. */
const rootSecrets = new WeakMap<Stage, Map<string, string>>();

const showRootCode: Act = (stage, [name = '', path = '']) => {
  const uri = stage.bench.sandbox.console().createRootDevice(name);
  const secrets = rootSecrets.get(stage) ?? new Map<string, string>();
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  rootSecrets.set(stage, secrets.set(name, secret));
  stage.devices.set(`arn:aws:iam::123456789012:mfa/${name}`, Secret.fromBase32(secret).bytes);
  return save(stage, path, png(drawCode(uri, 300)));
};

const addRootDevice: Act = (stage, [name = '']) => {
  const codes = new TokenCodes(rootSecrets.get(stage)?.get(name) ?? '').pair(stage.clock.now());
  const console = stage.bench.sandbox.console();
  console.addRootDevice(name, codes.AuthenticationCode1, codes.AuthenticationCode2);
};

const DIRECTIONS: readonly (readonly [RegExp, Act])[] = [
  [/^the record that is deployed says:$/, ({ bench }, _, block) => bench.deploy(block)],
  [
    /^the record is gone with the stack$/,
    async ({ bench }) => {
      const names = ['manifest', 'page/0'].map((name) => `/mfa-guardrails/break-glass/record/${name}`);
      await bench.admin('ssm', 'DeleteParameters', { Names: names });
    },
  ],
  [/^lays (\d+) on the reader$/, lay],
  [/^lays (\d+) on the reader, which loses the answer to a seed$/, layUnanswered],
  [/^puts the key (\d+) on the reader(?:, with (.+))?$/, layKey],
  [/^plugs in the Molto2 (\d+)$/, plugIn],
  [
    /^AWS knows the token ([A-Z0-9]+)$/,
    ({ bench, printed, clock }, [serial = '']) => {
      bench.sandbox.addPrintedToken(serial, PrintedFob.sampleSeed(serial));
      printed.push(new PrintedFob({ serial, seed: PrintedFob.sampleSeed(serial), clock: clock.now }));
    },
  ],
  [/^takes (\d+) off the reader$/, ({ bench }) => bench.readers.pull()],
  [
    /^the token (\d+) is switched off$/,
    (stage, [serial = '']) => {
      const token = tokenOf(stage, serial);
      if (token.isOn) {
        token.press();
      }
    },
  ],
  [
    /^the clock of a token (\d+) is (\d+) s (ahead|behind)$/,
    (stage, [serial = '', number, direction]) => {
      tokenOf(stage, serial, { clockOffsetSeconds: signedSeconds(number, direction) });
    },
  ],
  [
    /^the clock of a token (\d+) runs (\d+) ppm slow$/,
    (stage, [serial = '', ppm]) => {
      tokenOf(stage, serial, { driftPpm: -Number(ppm) });
    },
  ],
  [
    /^puts (\d+) on the reader as it is$/,
    (stage, [serial = '']) => stage.bench.readers.lay(tokenOf(stage, serial)),
  ],
  [
    /^the token (\d+) was burned elsewhere$/,
    (stage, [serial = '']) => {
      tokenOf(stage, serial, { seed: new Uint8Array(20).fill(7) });
    },
  ],
  [
    /^the token (\d+) is defective: its challenge is too short$/,
    (stage, [serial = '']) => {
      tokenOf(stage, serial).fail({ shortChallenge: true });
    },
  ],
  [
    /^the clock of this machine is (\d+) s (ahead|behind)$/,
    ({ bench }, [number, direction]) => {
      bench.machineOffsetMs = signedSeconds(number, direction) * 1000;
    },
  ],
  [
    /^(\d+) (s|minute|hour|day)s? (?:goes|go) by$/,
    ({ clock }, [number = '', unit = '']) => {
      clock.advance(Number(number) * (SECONDS[unit] ?? 0) * 1000);
    },
  ],
  [
    /^was enrolled before: (\S+) (\S+), token (\d+)$/,
    (stage, [holder = '', slot = '', serial = '']) =>
      ownEnrollment(stage, { holder, slot, token: tokenOf(stage, serial) }),
  ],
  [
    /^has a phone, too: (\S+)$/,
    async ({ bench }, [user = '']) => {
      await bench.assignDevice(user, 'phone', '/');
    },
  ],
  [
    /^another tool left an unassigned device: (\S+)$/,
    async ({ bench, fleet }, [name = '']) => {
      await bench.admin('iam', 'CreateVirtualMFADevice', {
        VirtualMFADeviceName: name,
        Path: `/mfa-guardrails/${fleet}/`,
      });
    },
  ],
  [
    /^the user is gone from IAM: (\S+)$/,
    async ({ bench }, [user = '']) => {
      await bench.admin('iam', 'DeleteUser', { UserName: user });
    },
  ],
  [/^AWS answers (\S+) with (.+)$/, answerWith],
  [/^AWS answers as it should again$/, ({ faults }) => faults.clear()],
  [/^the journals on the disk are torn$/, tearJournals],
  [/^line (\d+) of the evidence log is edited: (\S+) becomes (\S+)$/, editLog],
  [/^the file (\S+) says:$/, ({ bench }, [path = ''], block) => bench.files.write(path, block, 0o644)],
  [/^saves a picture of the code (\S+) as (\S+)$/, savePicture],
  [/^saves a picture of the codes (\S+) and (\S+) as (\S+)$/, saveTwoCodes],
  [/^root begins a device (\S+) in the console, and saves its code as (\S+)$/, showRootCode],
  [/^root presses "Add MFA" for (\S+)$/, addRootDevice],
  [
    /^saves a picture without a code as (\S+)$/,
    (stage, [path = '']) => save(stage, path, png(blank(60, 60))),
  ],
  [
    /^pastes (.+) when asked for the secret$/,
    ({ bench }, [secret]) => {
      bench.handedOver.secret = secret;
    },
  ],
  [
    /^registers the key (\S+) of (\S+) in the console(, which has no certification)?$/,
    ({ bench }, [name = '', user = '', isPasskey]) => {
      const certifications = isPasskey === undefined ? { FIDO: 'L2' } : {};
      bench.sandbox.console().registerSecurityKey(user, name, certifications);
    },
  ],
  [/^signs in to the console as (\S+), with the key (\S+)$/, signInWithKey],
  [
    /^signs in to the console as (\S+), without MFA$/,
    ({ bench }, [user = '']) => bench.sandbox.console().signIn(user),
  ],
  [/^works with a key of (\S+)'s own$/, useOwnKey],
  [/^a role asks for MFA: (\S+), trusts (\S+)$/, createRole],
  [
    /^sits at a terminal$/,
    (stage) => {
      stage.isLive = true;
    },
  ],
  [
    /^sits at a terminal of (\d+) columns$/,
    (stage, [columns = '']) => {
      stage.isLive = true;
      stage.columns = Number(columns);
    },
  ],
  [/^presses Ctrl-C$/, (stage) => stage.interrupt()],
];

/**
 * Does what a direction says.
 *
 * @throws Error where nobody understands it
 */
export function follow(
  stage: Stage,
  { text, block }: Pick<Direction, 'text' | 'block'>,
): void | Promise<void> {
  for (const [pattern, act] of DIRECTIONS) {
    const [, ...words] = pattern.exec(text) ?? [];
    if (pattern.test(text)) {
      return act(stage, words, block.replace(/^ {4}/gm, ''));
    }
  }
  throw new Error(
    `nobody understands the direction "* ${text}"; test/transcripts/directions.ts has those there are`,
  );
}
