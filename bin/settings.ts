/** The settings of the app, from `-c name=value`: known names, with values. */
import type { App, Environment } from 'aws-cdk-lib';
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { MfaPrincipal } from '../lib/index';
import { REGION } from '../lib/policy/aws-ids';
import { nearestWord } from '../lib/record/nearest-word';

const SETTINGS = ['inventory', 'operators', 'auditors', 'breakGlass', 'alarms'] as const;

/** The settings that were given; `undefined` for the others. */
export interface Settings {
  readonly inventory: string | undefined;
  readonly operators: readonly ArnPrincipal[] | undefined;
  readonly auditors: readonly ArnPrincipal[] | undefined;
  readonly breakGlass: readonly string[] | undefined;
  readonly alarms: readonly string[] | undefined;
}

/**
 * Reads the settings.
 *
 * @throws for an unknown setting, or one without a value: a misspelled one would deploy something else
 */
export function readSettings(app: App): Settings {
  const stranger = Object.keys(app.node.getAllContext()).find(
    (name) => isPlain(name) && !SETTINGS.some((known) => known === name),
  );
  if (stranger !== undefined) {
    const meant = nearestWord(stranger, SETTINGS);
    throw new Error(
      `-c ${stranger} is not a setting, must be ${SETTINGS.join(', ')}; ${meant === undefined ? 'leave it out' : `did you mean ${meant}?`}`,
    );
  }
  const breakGlass = listOf(app, 'breakGlass');
  for (const name of breakGlass ?? []) {
    if (!/^[\w+=,.@/-]+$/.test(name)) {
      throw new Error(
        `-c breakGlass names '${name}', must be the name of an AWS managed policy, without its ARN; write one such as AdministratorAccess`,
      );
    }
  }
  return {
    inventory: app.node.tryGetContext('inventory'),
    operators: principals(app, 'operators'),
    auditors: principals(app, 'auditors'),
    breakGlass,
    alarms: listOf(app, 'alarms'),
  };
}

/** CDK's own keys hold a colon, a slash or an at sign. */
function isPlain(name: string): boolean {
  return /^[\w-]+$/.test(name);
}

/** Reads a text with commas, as `-c` gives it, or a list, as people write it in cdk.json. */
function listOf(app: App, name: string): string[] | undefined {
  const said: unknown = app.node.tryGetContext(name);
  if (said === undefined) {
    return undefined;
  }
  const values = [said].flat().flatMap((text) =>
    String(text)
      .split(',')
      .map((value) => value.trim()),
  );
  if (values.includes('')) {
    throw new Error(
      `-c ${name}=${String(said)} has an empty value; leave it out, or separate values with commas`,
    );
  }
  return values;
}

/** Reads the ARNs of people who can have MFA. */
function principals(app: App, name: string): ArnPrincipal[] | undefined {
  return listOf(app, name)?.map((arn) => {
    const principal = new ArnPrincipal(arn);
    naming(name, () => MfaPrincipal.require(principal));
    return principal;
  });
}

/** Runs work that may refuse the value of a setting. @throws with the setting's name before the reason */
export function naming<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`-c ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Returns the account and the Region that the `cdk` command deploys to: the account may be unknown, the Region must not be.
 *
 * @throws when the Region is not known, or is not a Region
 */
export function deploymentEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region = '' } = env;
  if (!REGION.test(region)) {
    throw new Error(
      `alarms need a known Region, but the Region is '${region}', must be one such as eu-central-1; set AWS_REGION or the Region of the profile`,
    );
  }
  const known = RegionInfo.regions.map(({ name }) => name);
  const meant = known.includes(region) ? undefined : nearestWord(region, known);
  if (meant !== undefined) {
    throw new Error(`the Region is '${region}', which CDK does not know; did you mean ${meant}?`);
  }
  return { region, ...(account && { account }) };
}
