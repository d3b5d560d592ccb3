/**
 * Finds the reason why a profile gives no credentials, before the SDK is asked: it has one text for six reasons. The order
 * in which settings count is the SDK's.
 */
import { nearestWord } from '../../lib/record/nearest-word';
import { listOf } from '../../lib/record/text';
import { RunbookError, type RunbookErrorCode } from '../runbook-error';
import { type Profiles, readLoosely, readProfiles, type Settings } from './shared-lines';
import type { Environment, SharedTexts } from './shared-texts';

const SOURCES_OF_ENVIRONMENT: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Environment: [['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']],
  EcsContainer: [['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'], ['AWS_CONTAINER_CREDENTIALS_FULL_URI']],
  Ec2InstanceMetadata: [[]],
};

/** The files and the environment that are searched. */
interface Search {
  readonly texts: SharedTexts;
  readonly profiles: Profiles;
  readonly env: Environment;
}

/** Checks a profile and those it refers to. @throws RunbookError `profile/…` */
export function checkProfile(name: string, texts: SharedTexts, env: Environment): void {
  visit(name, [], { texts, profiles: readProfiles(texts), env });
}

/** @param above the profiles that led to this one, outermost first */
function visit(name: string, above: readonly string[], search: Search): void {
  const settings = search.profiles.get(name);
  if (settings === undefined) {
    checkAbsent(name, above.at(-1), search);
    return;
  }
  const hasKey = settings.has('aws_access_key_id');
  if (above.length > 0 && hasKey && settings.has('aws_secret_access_key')) {
    return;
  }
  if (settings.has('role_arn') && !settings.has('web_identity_token_file')) {
    visitRole(name, { settings, above, search });
    return;
  }
  if (hasKey !== settings.has('aws_secret_access_key')) {
    const missing = hasKey ? 'aws_secret_access_key' : 'aws_access_key_id';
    throw cause('profile/incomplete', `profile ${name} has no ${missing}, or an empty one`, [
      `add ${missing} to it (an empty value counts as none), ${AGAIN}`,
    ]);
  }
  const session = settings.get('sso_session');
  if (!hasKey && session !== undefined && !hasSsoSession(session, search.texts.config)) {
    throw cause('profile/sso', `profile ${name} names the sso_session ${session}, which does not exist`, [
      `add [sso-session ${session}] to ~/.aws/config: \`aws configure sso-session\`, ${AGAIN}`,
    ]);
  }
}

function visitRole(
  name: string,
  found: { readonly settings: Settings; readonly above: readonly string[]; readonly search: Search },
): void {
  const { settings, above, search } = found;
  const [source, credentialSource] = ['source_profile', 'credential_source'].map((each) =>
    settings.get(each),
  );
  if ((source === undefined) === (credentialSource === undefined)) {
    const fault = source === undefined ? 'neither source_profile nor' : 'both source_profile and';
    throw cause('profile/incomplete', `profile ${name} assumes a role, and has ${fault} credential_source`, [
      `a role is assumed with the credentials of one of them: correct the profile, ${AGAIN}`,
    ]);
  }
  if (credentialSource !== undefined) {
    checkCredentialSource(name, credentialSource, search.env);
    return;
  }
  const next = String(source);
  // A profile that names itself and has a key is its own source.
  const isCircle = above.includes(next) || (next === name && !settings.has('aws_access_key_id'));
  if (isCircle) {
    throw cause('profile/circle', `source_profile leads in a circle: ${[...above, name, next].join(', ')}`, [
      `let one of them name the profile that holds the long-term key, ${AGAIN}`,
    ]);
  }
  visit(next, [...above, name], search);
}

function checkCredentialSource(name: string, source: string, env: Environment): void {
  const ways = SOURCES_OF_ENVIRONMENT[source];
  const subject = `profile ${name} takes its credentials from ${source} (credential_source)`;
  if (ways === undefined) {
    throw cause('profile/credential-source', `${subject}, which is none`, [
      `write Environment, EcsContainer or Ec2InstanceMetadata, ${AGAIN}`,
    ]);
  }
  if (!ways.some((variables) => variables.every((variable) => env[variable]))) {
    const missing = ways.map((variables) => variables.join(' and ')).join(', or ');
    throw cause('profile/credential-source', `${subject}, and the environment does not have ${missing}`, [
      `set ${missing}, or use source_profile, ${AGAIN}`,
    ]);
  }
}

/** A profile that is not there; `default` may be absent. */
function checkAbsent(name: string, above: string | undefined, { texts, profiles }: Search): void {
  const where = above === undefined ? '' : ` (source_profile of ${above})`;
  const loose = [...readLoosely(texts.config), ...readLoosely(texts.credentials)].filter(
    (section) => section.name === name,
  );
  const [first] = loose.filter(({ settings }) => settings.length > 0);
  if (first !== undefined) {
    throw cause(
      'profile/unreadable',
      `profile ${name}${where} has a header that the SDK cannot read, though \`aws\` may`,
      [
        `write it as [profile NAME] in ~/.aws/config or [NAME] in ~/.aws/credentials, with a name of letters A to Z, digits and _ - @ + . % : / (line ${first.line}), ${AGAIN}`,
      ],
    );
  }
  if (loose.length > 0 || (name === 'default' && above === undefined)) {
    return;
  }
  const names = [...profiles.keys()].filter((each) => !/^(sso-session|services)\./.test(each)).sort();
  const meant = nearestWord(name, names);
  throw cause(
    above === undefined ? 'profile/missing' : 'profile/source-missing',
    `there is no profile ${name}${where}`,
    [
      ...(meant === undefined ? [] : [`did you mean ${meant}?`]),
      names.length === 0
        ? 'neither ~/.aws/config nor ~/.aws/credentials has any profile: `aws configure` makes one'
        : `the profiles are ${listOf(names)}`,
    ],
  );
}

function hasSsoSession(name: string, config: string): boolean {
  return readLoosely(config).some(
    (section) => section.name.replace(/^sso-session\s+/, '').replace(/^["']|["']$/g, '') === name,
  );
}

/** The ways to get credentials that only the SDK can try, in its order, each with what it names and what helps. */
const WAYS: readonly (readonly [
  setting: string,
  code: RunbookErrorCode,
  hint: (profile: string) => string,
])[] = [
  [
    'web_identity_token_file',
    'profile/source-failed',
    () => 'check that the file of the web identity token exists, and that the role trusts its issuer',
  ],
  [
    'credential_process',
    'profile/source-failed',
    () =>
      'run the program of credential_process by itself: it must print the credentials as JSON, and exit with 0',
  ],
  ['sso_session', 'profile/sso', (profile) => `sign in again: \`aws sso login --profile ${profile}\``],
  ['sso_start_url', 'profile/sso', (profile) => `sign in again: \`aws sso login --profile ${profile}\``],
  [
    'login_session',
    'profile/source-failed',
    (profile) => `sign in again: \`aws login --profile ${profile}\``,
  ],
  [
    'credential_source',
    'profile/credential-source',
    () =>
      'run the command where that source is (a container, or an instance with a role), or use source_profile',
  ],
];

/** The same for those that variables of the environment name. */
const WAYS_OF_ENVIRONMENT: readonly (readonly [variable: string, hint: string])[] = [
  [
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'check that the file exists, that AWS_ROLE_ARN names a role, and that the role trusts the issuer',
  ],
  ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'run the command in a container of ECS whose task has a role'],
  ['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'check that something answers at that address, and with a role'],
];

/** Explains a failure of the SDK by the source that the environment names; absent for none. */
export function explainEnvironment(env: Environment, failure: unknown): RunbookError | undefined {
  const way = WAYS_OF_ENVIRONMENT.find(([variable]) => env[variable]);
  if (way === undefined) {
    return undefined;
  }
  const [variable, hint] = way;
  return new RunbookError(
    'profile/source-failed',
    `${variable} is set, and gave no credentials: ${reasonOf(failure)}`,
    {
      hints: [hint, 'then run `{command}` again', 'or name a profile: `{command with --profile NAME}`'],
      cause: failure,
    },
  );
}

function reasonOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

/** Explains a failure of the SDK by the source that the profile, or the last one it refers to, names; absent for none. */
export function explainSource(name: string, texts: SharedTexts, failure: unknown): RunbookError | undefined {
  const profiles = readProfiles(texts);
  let last = name;
  for (const seen = new Set<string>(); !seen.has(last); ) {
    seen.add(last);
    const next = profiles.get(last);
    last = (!next?.has('aws_access_key_id') && next?.get('source_profile')) || last;
  }
  const settings = profiles.get(last);
  const way = settings?.has('aws_access_key_id')
    ? undefined
    : WAYS.find(([setting]) => settings?.has(setting));
  if (way === undefined) {
    return undefined;
  }
  const [setting, code, hint] = way;
  return new RunbookError(code, `profile ${last} gave no credentials (${setting}): ${reasonOf(failure)}`, {
    hints: [hint(last), 'then run `{command}` again'],
    cause: failure,
  });
}

const AGAIN = 'then run `{command}` again';

function cause(code: RunbookErrorCode, message: string, hints: readonly string[]): RunbookError {
  return new RunbookError(code, message, { hints });
}
