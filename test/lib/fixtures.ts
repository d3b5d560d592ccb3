/** A small fleet and the apps the construct tests put it in. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Environment, type IStackSynthesizer, LegacyStackSynthesizer, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { TokenInventory } from '../../lib/index';

export const FLEET_YAML = `fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "86596220000001", custody: "HQ fireproof safe" }
    - { slot: backup, serial: "86596100000002", custody: "bank deposit box" }
  bob.breakglass:
    - { slot: primary, serial: "86596220000003" }
spares:
  - { serial: "86596220000009", custody: "security office" }
`;

export function smallFleet(): TokenInventory {
  return TokenInventory.fromYaml(FLEET_YAML, 'tokens.yaml');
}

/** An inventory of generated holders, one token each. */
export function fleetOf(holders: number): TokenInventory {
  const lines = Array.from({ length: holders }, (_, index) => {
    const number = String(index).padStart(5, '0');
    return `  user${number}:\n    - { slot: primary, serial: "865962200${number}", custody: "safe ${number}, third floor, behind the fire door" }`;
  });
  return TokenInventory.fromYaml(`fleet: large\nholders:\n${lines.join('\n')}\n`, 'large.yaml');
}

/** CDK's own validator costs half a second a synthesis, and the checks here are ours. */
process.env.CDK_VALIDATION = 'false';

/** The class implements the interface, but not under exactOptionalPropertyTypes. */
export function withoutBootstrap(): IStackSynthesizer {
  return new LegacyStackSynthesizer() as IStackSynthesizer;
}

/** Below it each app of a test file writes what it synthesizes; by itself CDK would leave a folder for each app. */
const folder = mkdtempSync(join(tmpdir(), 'mfa-guardrails-lib-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export function newApp(): App {
  return new App({
    analyticsReporting: false,
    treeMetadata: false,
    outdir: mkdtempSync(join(folder, 'app-')),
  });
}

export function emptyStack(env: Environment = {}): Stack {
  return new Stack(newApp(), 'Test', {
    synthesizer: withoutBootstrap(),
    env,
  });
}

/** The one resource of a type in a stack, its properties as deployed JSON. */
export function onlyResource(stack: Stack, type: string): Record<string, unknown> {
  const resources = Object.values(Template.fromStack(stack).findResources(type));
  const [resource] = resources;
  if (resource === undefined || resources.length !== 1) {
    throw new Error(`expected one ${type}, found ${resources.length}`);
  }
  return resource.Properties as Record<string, unknown>;
}
