/**
 * The rooms of the house and the walls between them: one entry for each, and nothing may be imported that its entry
 * does not name. The table in docs/design.md is written from it: `npx tsx test/architecture/write-table.ts`.
 */

export interface Room {
  /** A folder, or a file on its own. */
  readonly path: string;
  /** Tells in one sentence what is in it; printed in docs/design.md. */
  readonly holds: string;
  /** Names rooms, files of other rooms, and packages. Its own files it may always import. */
  readonly may: readonly string[];
  /** Files that a narrower or another wall holds, instead of the one of their room. */
  readonly files?: Readonly<Record<string, readonly string[]>>;
}

/** Constructs are made of these. */
const CDK = ['aws-cdk-lib', 'constructs'];

/** The entry of the alarms' function: JavaScript, so that jsii does not compile it. */
export const FUNCTION_ENTRY = 'lib/alarms/record-comparison.lambda.js';

export const ROOMS: readonly Room[] = [
  {
    path: 'lib/record',
    holds: 'The contract: the form of the record, of names and of parameters.',
    may: ['node:crypto', 'yaml', 'valibot'],
  },
  {
    path: 'lib/policy',
    holds:
      'What all policies share: the MFA condition keys, AWS ids, names and size limits; errors that name their construct.',
    may: [...CDK],
  },
  {
    path: 'lib/trust',
    holds: 'MFA in the trust policies of roles.',
    may: ['lib/policy', ...CDK],
  },
  {
    path: 'lib/enforcement',
    holds: 'Deny without MFA, in three forms: managed policy, boundary, service control policy.',
    may: ['lib/policy', 'lib/record', ...CDK],
  },
  {
    path: 'lib/break-glass',
    holds: 'The users and the role for emergencies.',
    may: ['lib/enforcement', 'lib/policy', 'lib/record', 'lib/trust', ...CDK],
  },
  {
    path: 'lib/fleet',
    holds: 'Inventory and record as constructs.',
    may: ['lib/policy/refusal.ts', 'lib/record', ...CDK],
  },
  {
    path: 'lib/runbook-roles',
    holds: 'The roles of operator and auditor.',
    may: ['lib/fleet', 'lib/policy', 'lib/record', 'lib/trust', ...CDK],
  },
  {
    path: 'lib/conformance',
    holds: 'AWS Config rules and conformance packs.',
    may: ['lib/policy', ...CDK],
  },
  {
    path: 'lib/organization',
    holds: 'The guardrails of a whole organization.',
    may: ['lib/conformance', 'lib/enforcement', 'lib/policy', ...CDK],
  },
  {
    path: 'lib/alarms',
    holds: 'Alarms, from the events of every Region to a message.',
    may: [
      'lib/break-glass',
      'lib/enforcement',
      'lib/fleet',
      'lib/policy',
      'lib/record',
      'lib/runbook-roles',
      ...CDK,
    ],
    // The code of the alarms' function imports no CDK; the Lambda runtime carries the SDK.
    files: {
      'record-comparison.lambda.js': [
        'lib/alarms/guardrail-part.ts',
        'lib/alarms/record-comparison.ts',
        '@aws-sdk/client-cloudtrail',
        '@aws-sdk/client-sns',
        '@aws-sdk/client-ssm',
      ],
      'record-comparison.ts': [
        'lib/alarms/device-judgment.ts',
        'lib/alarms/fleet-reading.ts',
        'lib/alarms/iam-change.ts',
        'lib/alarms/missing-evidence.ts',
        'lib/alarms/named-change.ts',
        'lib/alarms/notice.ts',
        'lib/record',
      ],
      'named-change.ts': [
        'lib/alarms/guardrail-part.ts',
        'lib/alarms/iam-change-words.ts',
        'lib/alarms/iam-change.ts',
        'lib/alarms/notice.ts',
        'lib/record',
      ],
      'device-judgment.ts': ['lib/record'],
      'fleet-reading.ts': ['lib/record'],
      'guardrail-part.ts': ['lib/record'],
      'iam-change.ts': [
        'lib/alarms/device-judgment.ts',
        'lib/alarms/fleet-reading.ts',
        'lib/alarms/guardrail-part.ts',
        'lib/alarms/iam-change-words.ts',
        'lib/alarms/notice.ts',
        'lib/record',
      ],
      'iam-change-words.ts': ['lib/alarms/guardrail-part.ts', 'lib/alarms/notice.ts', 'lib/record'],
      'missing-evidence.ts': [
        'lib/alarms/device-judgment.ts',
        'lib/alarms/fleet-reading.ts',
        'lib/alarms/notice.ts',
        'lib/record',
      ],
      'notice.ts': ['lib/record'],
    },
  },
  {
    path: 'lib/checks',
    holds:
      '`MfaChecks`: rules over the final template of any CDK app, and the one file that reads an app’s templates.',
    may: [
      'lib/enforcement/open-actions.ts',
      'lib/policy/iam-actions.ts',
      'lib/policy/mfa-keys.ts',
      'lib/policy/wildcards.ts',
      'lib/record/nearest-word.ts',
      'lib/record/text.ts',
      'aws-cdk-lib',
      'yaml',
    ],
    // A validation plugin is handed the paths of the templates.
    files: { 'template-file.ts': ['lib/checks', 'aws-cdk-lib', 'node:fs', 'node:path'] },
  },
  {
    path: 'lib/check-command',
    holds: 'The command `cdk-mfa-guardrails check`: the same rules over files.',
    may: [
      'lib/checks',
      'lib/record/nearest-word.ts',
      'lib/record/rules.ts',
      'lib/record/text.ts',
      'node:fs',
      'node:path',
      'node:url',
      'node:util',
      'sarif',
    ],
  },
  {
    path: 'lib/guardrails-stack.ts',
    holds: 'One fleet, as a stack.',
    may: [
      'lib/break-glass',
      'lib/enforcement',
      'lib/fleet',
      'lib/policy/refusal.ts',
      'lib/record',
      'lib/runbook-roles',
      ...CDK,
    ],
  },
  {
    path: 'lib/index.ts',
    holds: 'What `cdk-mfa-guardrails` exports.',
    may: [
      'lib/alarms',
      'lib/break-glass',
      'lib/checks',
      'lib/conformance',
      'lib/enforcement',
      'lib/fleet',
      'lib/guardrails-stack.ts',
      'lib/organization',
      'lib/runbook-roles',
      'lib/trust',
    ],
  },
  {
    path: 'bin',
    holds: 'The CDK app that deploys `tokens.yaml`.',
    may: [
      'lib/index.ts',
      'lib/policy/aws-ids.ts',
      'lib/record/nearest-word.ts',
      'aws-cdk-lib',
      'cdk-nag',
      'node:fs',
    ],
  },
  {
    path: 'runbook/seed.ts',
    holds: 'A seed: bytes that never print and can be wiped.',
    may: ['node:util'],
  },
  {
    path: 'runbook/clock.ts',
    holds: 'The time, and waiting.',
    may: ['node:timers/promises'],
  },
  {
    path: 'runbook/runbook-error.ts',
    holds: 'The one error of the command: code, message, hints, state.',
    may: [],
  },
  {
    path: 'runbook/token',
    holds: 'The wire protocol of the tokens, and PC/SC.',
    may: [
      'runbook/seed.ts',
      'lib/record/record.ts',
      'lib/record/token2-models.ts',
      'node:crypto',
      'node:events',
      'node:timers/promises',
      'otpauth',
    ],
    files: {
      'pcsc.ts': ['runbook/token', 'nfc-pcsc', 'node:timers/promises'],
      'pcsc-service.ts': ['runbook/token', 'node:net', 'node:os'],
    },
  },
  {
    path: 'runbook/aws',
    holds: 'The AWS calls that the command makes, and the only importer of the SDK in it.',
    may: ['runbook/seed.ts', 'lib/record', '@aws-sdk', '@smithy/core', '@smithy/node-http-handler'],
    // The way through a company's network.
    files: {
      'network.ts': [
        'runbook/aws/aws.ts',
        'hpagent',
        'node:crypto',
        'node:fs/promises',
        'node:https',
        'node:tls',
      ],
    },
  },
  {
    path: 'runbook/terminal',
    holds: 'Text for people, laid out and made printable; prompts; a command line that prints itself again.',
    may: [
      'runbook/clock.ts',
      'runbook/runbook-error.ts',
      'lib/record/rules.ts',
      '@clack/prompts',
      'node:stream',
    ],
    files: {
      'byte-input.ts': ['runbook/terminal/line-prompter.ts', 'node:fs', 'node:net', 'node:tty'],
      'data-output.ts': ['node:fs'],
      'terminal-device.ts': ['runbook/terminal', 'node:fs', 'node:tty'],
    },
  },
  {
    path: 'runbook/seed-source',
    holds: 'A seed that people hand over: from a picture of a QR code, or typed.',
    may: ['runbook/runbook-error.ts', 'runbook/seed.ts', 'lib/record/rules.ts', 'lib/record/text.ts'],
    files: {
      'own-input.ts': [
        'runbook/runbook-error.ts',
        'runbook/seed-source',
        'runbook/terminal/byte-input.ts',
        'runbook/terminal/hidden-line.ts',
        'node:fs/promises',
      ],
      'decoders.ts': ['jpeg-js', 'pngjs', 'qr'],
    },
  },
  {
    path: 'runbook/seed-phase',
    holds: 'The process that holds a seed, from both sides of its channel.',
    may: [
      'runbook/aws',
      'runbook/clock.ts',
      'runbook/runbook-error.ts',
      'runbook/seed-source',
      'runbook/seed.ts',
      'runbook/token',
      'lib/record/record.ts',
      'lib/record/text.ts',
      'node:child_process',
      'node:inspector',
      'node:module',
      'node:path',
      'node:url',
    ],
  },
  {
    path: 'runbook/record',
    holds: 'Reads the deployed record.',
    may: ['runbook/aws', 'runbook/runbook-error.ts', 'lib/record'],
  },
  {
    path: 'runbook/evidence',
    holds: 'Evidence: its form, its log, its verification, its certificate.',
    may: ['lib/record', 'node:crypto'],
  },
  {
    path: 'runbook/ceremony',
    holds: 'The engine of the ceremonies: effects, journal, state, errors explained.',
    may: [
      'runbook/aws',
      'runbook/clock.ts',
      'runbook/evidence',
      'runbook/record',
      'runbook/runbook-error.ts',
      'runbook/seed-phase',
      'runbook/terminal',
      'runbook/token',
      'lib/record',
      'node:crypto',
    ],
  },
  {
    path: 'runbook/device',
    holds: 'The MFA device in IAM: finds, creates, enables, removes it, and waits for it.',
    may: [
      'runbook/aws',
      'runbook/ceremony',
      'runbook/record',
      'runbook/runbook-error.ts',
      'runbook/seed-phase',
      'runbook/token/codes.ts',
      'lib/record',
    ],
  },
  {
    path: 'runbook/operator',
    holds:
      'What the person at the reader does: lays a token on, types its codes and its serial, is the witness.',
    may: [
      'runbook/ceremony',
      'runbook/clock.ts',
      'runbook/evidence',
      'runbook/record',
      'runbook/runbook-error.ts',
      'runbook/seed-phase',
      'runbook/terminal',
      'runbook/token',
      'lib/record',
    ],
  },
  {
    path: 'runbook/ceremonies',
    holds: 'Enroll, drill, replace, retire, resume: one function each.',
    may: [
      'runbook/aws',
      'runbook/ceremony',
      'runbook/device',
      'runbook/evidence',
      'runbook/operator',
      'runbook/record',
      'runbook/runbook-error.ts',
      'runbook/seed-phase',
      'runbook/terminal',
      'runbook/token',
      'lib/record',
    ],
  },
  {
    path: 'runbook/review',
    holds: 'Reads a fleet and changes nothing: plan, doctor.',
    may: [
      'runbook/aws',
      'runbook/ceremony',
      'runbook/evidence',
      'runbook/files/files.ts',
      'runbook/files/machine-facts.ts',
      'runbook/record',
      'runbook/runbook-error.ts',
      'runbook/terminal',
      'runbook/token',
      'lib/record',
    ],
  },
  {
    path: 'runbook/report',
    holds: 'What people look at: tables and pages.',
    may: ['runbook/evidence', 'runbook/review', 'runbook/terminal/table.ts', 'lib/record'],
  },
  {
    path: 'runbook/files',
    holds: 'What stays on the disk of this machine: journals, locks, the log.',
    may: [
      'runbook/ceremony/journal.ts',
      'runbook/ceremony/ports.ts',
      'runbook/clock.ts',
      'runbook/evidence',
      'lib/record/rules.ts',
      'lib/record/text.ts',
      'node:crypto',
      'node:fs',
      'node:fs/promises',
      'node:os',
      'node:path',
      'node:process',
      'node:timers/promises',
      'node:util',
    ],
  },
  {
    path: 'runbook/signin',
    holds: "A person's own AWS credentials: session, assume, exec.",
    may: [
      'runbook/aws',
      'runbook/ceremony',
      'runbook/clock.ts',
      'runbook/files/files.ts',
      'runbook/runbook-error.ts',
      'runbook/terminal',
      'runbook/token',
      'lib/record',
      'node:crypto',
    ],
    files: {
      'local-private-files.ts': [
        'runbook/files',
        'runbook/signin',
        'node:fs',
        'node:fs/promises',
        'node:os',
        'node:path',
      ],
      'run-program.ts': ['runbook/signin', 'node:child_process', 'node:fs', 'node:os'],
      'windows-program.ts': ['node:path'],
    },
  },
  {
    path: 'runbook/commands',
    holds: 'One file for each command: parses, calls, shows.',
    may: [
      'runbook/aws',
      'runbook/ceremonies',
      'runbook/ceremony',
      'runbook/clock.ts',
      'runbook/evidence',
      'runbook/files/files.ts',
      'runbook/files/locked-tokens.ts',
      'runbook/files/machine-facts.ts',
      'runbook/operator',
      'runbook/package.json',
      'runbook/report',
      'runbook/review',
      'runbook/runbook-error.ts',
      'runbook/seed-phase',
      'runbook/signin',
      'runbook/terminal',
      'runbook/token',
      'lib/record/names.ts',
      'lib/record/nearest-word.ts',
      'lib/record/place.ts',
      'lib/record/rules.ts',
      'lib/record/text.ts',
      'commander',
      'node:timers/promises',
    ],
  },
  {
    path: 'runbook/cli.ts',
    holds: 'From arguments to an exit code; the only catcher of errors.',
    may: [
      'runbook/ceremony',
      'runbook/commands',
      'runbook/package.json',
      'runbook/runbook-error.ts',
      'runbook/terminal',
      'commander',
    ],
  },
  {
    path: 'runbook/start-up',
    holds:
      'The start of the built command: prints the help pages that the build wrote, or loads the command.',
    may: [
      'runbook/cli.ts',
      'runbook/commands/host.ts',
      'runbook/main.ts',
      'runbook/terminal',
      'commander',
      'node:fs',
      'node:path',
    ],
  },
  {
    path: 'runbook/main.ts',
    holds: 'The entry: it alone touches the process.',
    may: [
      'runbook/aws',
      'runbook/cli.ts',
      'runbook/clock.ts',
      'runbook/files',
      'runbook/runbook-error.ts',
      'runbook/seed-phase',
      'runbook/signin',
      'runbook/terminal',
      'runbook/token',
      'lib/record/rules.ts',
      'node:path',
      'node:tty',
    ],
  },
];
