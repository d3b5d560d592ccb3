/** Turns the errors of a token and of its reader into a code, a message and hints. */
import { countOf } from '../../lib/record/text';
import type { ExitCode, RunbookErrorCode } from '../runbook-error';
import {
  ForeignCardError,
  type ForeignKind,
  MalformedAnswerError,
  StatusWordError,
  TokenFullError,
  TokenLockedError,
  TouchError,
} from '../token/driver';
import { DRIVERS } from '../token/drivers';
import { ReaderError, type ReaderFault } from '../token/readers';
import { ProfileTakenError } from '../token/token2-molto2-profile';
import { isRefusedKey } from '../token/token2-single-status-words';
import { CardGoneError } from '../token/transport';

/** An error's code, message and hints. */
export type Explanation = readonly [
  code: RunbookErrorCode,
  message: string,
  hints: readonly string[],
  exitCode?: Exclude<ExitCode, 0> | undefined,
];

/** Explains an error of a token or its reader; returns nothing for any other. */
export function explainToken(error: unknown): Explanation | undefined {
  if (error instanceof ReaderError) {
    return explainReader(error);
  }
  if (error instanceof ForeignCardError) {
    const { code, message, hint } = FOREIGN[error.kind];
    return [code, `${message}: ${error.detail}`, [hint(), 'then run `{command}`']];
  }
  if (error instanceof CardGoneError) {
    return [
      'token/gone',
      `the token left the reader or turned itself off (${error.message})`,
      ['lay it flat on the reader, switched on if it has a switch, and leave it there, then run `{command}`'],
    ];
  }
  return explainLock(error) ?? explainRefusal(error);
}

/** The names of the secrets in messages. */
const SECRETS = { password: 'password', 'customer-key': 'customer key' } as const;

function explainLock(error: unknown): Explanation | undefined {
  if (!(error instanceof TokenLockedError)) {
    return undefined;
  }
  const { lock, problem, triesLeft } = error;
  const secret = SECRETS[lock];
  const left = triesLeft === undefined ? '' : `; ${countOf(triesLeft, 'try', 'tries')} left`;
  const explanations: Readonly<Record<TokenLockedError['problem'], Explanation>> = {
    needed: [
      'token/locked',
      `the token does nothing until its ${secret} is entered`,
      [`find the ${secret}, then run \`{command}\` and type it when asked`],
    ],
    wrong: [
      'token/locked',
      `the token rejected the ${secret}${left}`,
      [`find the right ${secret}, then run \`{command}\``],
    ],
    blocked: [
      'token/locked',
      `the token is blocked, because its ${secret} was wrong too often${left}`,
      [
        'use another token, declared in tokens.yaml',
        'a factory reset unlocks this one and deletes everything that it holds; this command never does one',
      ],
    ],
  };
  return explanations[problem];
}

function explainRefusal(error: unknown): Explanation | undefined {
  if (error instanceof TokenFullError) {
    return [
      'token/full',
      'the token has no room for another credential',
      [
        "delete one that nobody needs with the vendor's tool (`ykman oath accounts list`), then run `{command}`",
      ],
    ];
  }
  if (error instanceof TouchError) {
    return [
      'token/no-touch',
      'the token waited for a touch that did not come',
      ['run `{command}` again, and touch the token when asked'],
    ];
  }
  if (error instanceof ProfileTakenError) {
    return [
      'token/filled',
      `${error.message}, and nothing was written to it`,
      [
        "if nobody needs that seed, delete it with the vendor's tool, then run `{command}` again",
        'otherwise declare another profile in tokens.yaml, deploy, and run `{command}` again',
      ],
    ];
  }
  if (error instanceof StatusWordError) {
    return [
      'token/refused',
      error.message,
      isRefusedKey(error)
        ? [error.nextAction]
        : [
            error.nextAction || 'switch the token off and on, and lay it on the reader again',
            'then run `{command}` again',
          ],
    ];
  }
  if (error instanceof MalformedAnswerError) {
    return [
      'token/refused',
      error.message,
      ['switch the token off and on, then run `{command}` again; if it happens again, use another token'],
    ];
  }
  return undefined;
}

const POLKIT =
  'polkit allows it to people at the machine only: work at the machine itself, or allow your user `org.debian.pcsc-lite.access_pcsc` and `access_card` (docs/readers.md has the rule)';

/** The socket of pcscd, whatever its folder is linked to. */
const SERVICE_SOCKET = '/run/pcscd/pcscd.comm';
const SOCKET_VARIABLE = 'PCSCLITE_CSOCK_NAME names that socket: unset it, unless pcscd should listen there';

function explainReader({ fault, readers }: ReaderError): Explanation {
  const names = readers.join(', ') || '(none is plugged in)';
  const isMoved = readers.some((path) => !path.endsWith(SERVICE_SOCKET));
  const explanations: Readonly<Record<ReaderFault, Explanation>> = {
    'no-module': [
      'reader/no-module',
      'the optional package nfc-pcsc is not installed or cannot be loaded',
      [
        'on Debian and Ubuntu `sudo apt-get install pcscd libpcsclite-dev build-essential python3`, then install mfa-runbook again',
        'then run `{command}`',
      ],
    ],
    'other-node': [
      'reader/no-module',
      'the optional package nfc-pcsc was built for another version of Node',
      [
        'run `npm rebuild` where mfa-runbook is installed, with the Node that runs it',
        'then run `{command}`',
      ],
    ],
    'no-service': [
      'reader/no-service',
      readers.length === 0
        ? 'the PC/SC service is not running'
        : `the PC/SC service is not running: nothing listens on ${names}`,
      [
        ...(isMoved ? [SOCKET_VARIABLE] : []),
        'start it (Linux: `sudo systemctl start pcscd.socket`), then run `{command}`',
      ],
    ],
    'service-closed': [
      'reader/service-closed',
      'the PC/SC service runs, but closed the connection without an answer',
      [
        `pcscd refuses a user this way: ${POLKIT}`,
        'or it stopped: `systemctl status pcscd` says why, and `sudo systemctl restart pcscd` starts it again; then run `{command}`',
      ],
    ],
    'other-service': [
      'reader/other-service',
      `${names} is the socket of a program other than the PC/SC service`,
      [SOCKET_VARIABLE, 'then run `{command}`'],
    ],
    'no-access': [
      'reader/no-access',
      'the PC/SC service runs but refuses this user',
      [POLKIT, 'then run `{command}`'],
    ],
    'no-reader': [
      'reader/none',
      'no card reader is plugged in',
      [
        'plug an NFC reader in, then run `{command}`',
        'if an ACR122U does not show up on Linux, the kernel holds it: `sudo modprobe -r pn533_usb pn533 nfc`; if it comes back at every plug-in, put `blacklist pn533_usb`, `blacklist pn533` and `blacklist nfc` into /etc/modprobe.d/nfc.conf',
      ],
    ],
    unplugged: [
      'reader/none',
      `the reader was unplugged: ${names}`,
      ['plug it in again, then run `{command}`'],
    ],
    'unknown-reader': ['reader/unknown', 'no reader has that name', [`pass --reader with one of: ${names}`]],
    'several-readers': [
      'reader/several',
      `${readers.length} readers are plugged in, and none was named`,
      [`pass --reader (or set MFA_RUNBOOK_READER) with one of: ${names}; or lay a card on only one of them`],
    ],
    'card-in-use': [
      'reader/in-use',
      `another program is using the card on ${names}`,
      [
        'end it: often it is the smart card part of GnuPG (`gpgconf --kill scdaemon`), a browser, Yubico Authenticator or another mfa-runbook',
        'then run `{command}`',
      ],
    ],
    'mute-card': [
      'token/mute',
      'a card is on the reader but does not answer',
      ['switch the token on if it has a switch, lay it flat on the reader, then run `{command}`'],
    ],
  };
  return explanations[fault];
}

/** Lists the models that can be enrolled, by their vendor's names. */
function modelNames(): string {
  return DRIVERS.flatMap(({ models = [] }) => models).join(', ');
}

const FOREIGN: Readonly<
  Record<
    ForeignKind,
    { readonly code: RunbookErrorCode; readonly message: string; readonly hint: () => string }
  >
> = {
  'not-a-token': {
    code: 'token/foreign',
    message: 'the card on the reader is not a known token',
    hint: () =>
      'take other cards away from the reader, and lay the token on it, switched on if it has a switch',
  },
  'unknown-prefix': {
    code: 'token/unknown-model',
    message: 'unknown token',
    hint: () =>
      `nothing is written to it, because a wrong guess locks older tokens for good; use one of ${modelNames()}`,
  },
  restricted: {
    code: 'token/not-programmable',
    message: 'the key on the reader cannot be used yet',
    hint: () => 'plug the key into a USB port for 3 seconds, once, and lay it on the reader again',
  },
  'not-programmable': {
    code: 'token/not-programmable',
    message: 'the token on the reader cannot be used',
    hint: () => `use one of ${modelNames()}`,
  },
};
