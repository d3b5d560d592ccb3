/** Describes IAM, Parameter Store, this machine and the tokens, one line for each thing they hold. */
import type { Evidence } from '../../runbook/evidence/evidence';
import { parseEvidence } from '../../runbook/evidence/evidence-text';
import type { Stage } from './stage';

/** Everything a command may have changed. */
export async function describeWorld(stage: Stage): Promise<readonly string[]> {
  return [
    ...(await describeDevices(stage)),
    ...(await describeJournals(stage)),
    ...(await describeEvidence(stage)),
    ...describeLog(stage),
    ...describeFiles(stage),
    ...(await describeTokens(stage)),
  ];
}

/** Where there was nothing, what comes says it all. */
const EMPTY = /: (no devices|none|no entries)$/;

/** The lines that went and those that came, each as often as it did; `nothing changed` where there are none. */
export function describeChanges(before: readonly string[], after: readonly string[]): readonly string[] {
  const gone = without(before, after).filter((line) => !EMPTY.test(line));
  const come = without(after, before);
  if (gone.length + come.length === 0) {
    return ['= nothing changed'];
  }
  return [...gone.map((line) => `- ${line}`), ...come.map((line) => `+ ${line}`)];
}

/** Removes each of the other lines once. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...lines];
  for (const other of others) {
    const at = left.indexOf(other);
    if (at >= 0) {
      left.splice(at, 1);
    }
  }
  return left;
}

/** By the last part of its ARN, as people tell devices from each other. */
function nameOf(deviceArn: string): string {
  return deviceArn.slice(deviceArn.lastIndexOf('/') + 1);
}

async function describeDevices({ bench }: Stage): Promise<readonly string[]> {
  const devices = await bench.devices();
  const lines = devices.map(({ arn, user }) =>
    user === undefined
      ? `iam: ${nameOf(arn)} is assigned to nobody`
      : `iam: ${nameOf(arn)} is enabled for ${user}`,
  );
  lines.push(...(await describeKeys(bench)));
  return lines.length === 0 ? ['iam: no devices'] : lines.sort();
}

/** Security keys, which IAM lists for one user at a time. */
async function describeKeys(bench: Stage['bench']): Promise<readonly string[]> {
  const { Users } = (await bench.admin('iam', 'ListUsers', {})) as { Users: readonly { UserName: string }[] };
  const lines: string[] = [];
  for (const { UserName } of Users) {
    const { MFADevices } = (await bench.admin('iam', 'ListMFADevices', { UserName })) as {
      MFADevices: readonly { SerialNumber: string }[];
    };
    const keys = MFADevices.filter(({ SerialNumber }) => SerialNumber.includes(':u2f/'));
    lines.push(
      ...keys.map(({ SerialNumber }) => `iam: key ${nameOf(SerialNumber)} is enabled for ${UserName}`),
    );
  }
  return lines;
}

async function describeJournals({ bench, fleet }: Stage): Promise<readonly string[]> {
  const listed = await bench.journals.list(fleet);
  const aside = [...bench.journals.files.keys()].filter((place) => !place.endsWith('.journal'));
  const lines = listed.map(({ journal, place }) => {
    if (journal === undefined) {
      return `journal: ${nameOf(place)} cannot be read`;
    }
    const { holder, slot } = journal.subject;
    const last = journal.steps.at(-1);
    const progress = last === undefined ? 'nothing begun' : `${last.name} ${last.state}`;
    return `journal: ${journal.ceremony} of ${holder} ${slot}, token ${journal.serial}, ${progress}`;
  });
  const all = [...lines, ...aside.map((place) => `journal: set aside as ${nameOf(place)}`)];
  return all.length === 0 ? ['journal: none'] : all;
}

async function describeEvidence({ bench, fleet }: Stage): Promise<readonly string[]> {
  const { Parameters } = (await bench.admin('ssm', 'GetParametersByPath', {
    Path: `/mfa-guardrails/${fleet}/evidence`,
    Recursive: true,
  })) as { Parameters: readonly { Name: string; Value: string }[] };
  const lines = Parameters.map(({ Name, Value }) => {
    const { evidence } = parseEvidence(Value);
    return `evidence: ${evidence === undefined ? `${Name} is not evidence` : describeCeremony(evidence)}`;
  });
  return lines.length === 0 ? ['evidence: none'] : lines.sort();
}

function describeCeremony({
  ceremony,
  holder,
  slot,
  tokenSerial,
  checks,
  reason,
  witness,
}: Evidence): string {
  const why = reason === undefined ? '' : `, because ${reason}`;
  const who = witness === undefined ? '' : `, witnessed by ${witness}`;
  return `${ceremony} of ${holder} ${slot}, token ${tokenSerial}${why}${who} (${checks.join(' ')})`;
}

function describeLog({ bench }: Stage): readonly string[] {
  const ceremonies = bench.evidence.map(({ ceremony }) => ceremony);
  return [`log: ${ceremonies.length === 0 ? 'no entries' : ceremonies.join(', ')}`];
}

function describeFiles({ bench }: Stage): readonly string[] {
  // The codes that ceremonies sent expire in minutes, and none of them changes what is true of a fleet.
  const files = [...bench.files.texts].filter(([path]) => !path.startsWith('/state/ceremony-codes/'));
  return files.map(([path, { mode }]) => `file: ${path} (0${mode.toString(8)})`).sort();
}

/** A seed is of use as long as the device it was made for is in IAM. */
async function describeTokens(stage: Stage): Promise<readonly string[]> {
  const { bench, devices } = stage;
  const listed = await bench.devices();
  const single = bench.tokens.map((token) => {
    const locked = token.isLocked ? ', and is locked' : '';
    if (!token.holdsSeed) {
      return `token: ${token.serial} is blank${locked}`;
    }
    const device = listed.find(({ arn }) => token.holds(devices.get(arn) ?? new Uint8Array()));
    return device === undefined
      ? `token: ${token.serial} holds a seed of no device${locked}`
      : `token: ${token.serial} holds the seed of ${nameOf(device.arn)}${locked}`;
  });
  return [...single, ...describeKeyContents(stage), ...describeProfiles(stage)];
}

function describeKeyContents({ keys, devices }: Stage): readonly string[] {
  return keys.flatMap((key) =>
    key.names.map((name) => {
      const [arn] = [...devices].find(([, seed]) => key.holds(name, seed)) ?? [];
      return `key: ${key.serial} holds "${name}"${arn === undefined ? '' : `, the seed of ${nameOf(arn)}`}`;
    }),
  );
}

function describeProfiles({ profiles, devices }: Stage): readonly string[] {
  return profiles.flatMap((token) =>
    token.filled.map((profile) => {
      const [arn] = [...devices].find(([, seed]) => token.holds(profile, seed)) ?? [];
      const place = `profile ${profile} of ${token.serial} holds "${token.title(profile)}"`;
      return `token: ${place}${arn === undefined ? '' : `, the seed of ${nameOf(arn)}`}`;
    }),
  );
}
