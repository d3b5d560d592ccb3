/** The places a request can aim at, by names that an intent is written in. */
import { ACCOUNT, type Caller } from '../../support/policy-simulation';

/** Where a place is: whose request it is, in which partition. */
export interface Setting {
  readonly caller: Caller;
  readonly partition: string;
}

/** The resource types of iam-data whose places are told apart. For all other types one sample resource stands. */
const PLACED_TYPES = [
  'user',
  'mfa',
  'role',
  'parameter',
  'console',
  'oauth2-public-client-localhost',
  'oauth2-public-client-remote',
  'oauth2-resource-service-principal',
] as const;
type PlacedType = (typeof PLACED_TYPES)[number];

interface Place {
  readonly type: PlacedType;
  readonly arn: (setting: Setting) => string;
}

function iam(type: PlacedType, name: string) {
  return ({ partition }: Setting): string => `arn:${partition}:iam::${ACCOUNT}:${type}/${name}`;
}

function user(name: string): Place {
  return { type: 'user', arn: iam('user', name) };
}
function device(name: string): Place {
  return { type: 'mfa', arn: iam('mfa', name) };
}
function role(name: string): Place {
  return { type: 'role', arn: iam('role', name) };
}
function parameter(name: string): Place {
  return {
    type: 'parameter',
    arn: ({ partition }) => `arn:${partition}:ssm:eu-central-1:${ACCOUNT}:parameter/${name}`,
  };
}
function signIn(type: PlacedType, resource: string): Place {
  return { type, arn: ({ partition }) => `arn:${partition}:signin:${resource}` };
}

/** The fleet is `break-glass`: alice and bob live at its path, carol is a holder from elsewhere, olga calls as a user. */
export const PLACES = {
  'the own user': { type: 'user', arn: ({ caller }) => caller.arn },
  'another user': user('mallory'),
  'another user under a path': user('people/eu/mallory'),
  'a user whose name ends like the own': user('people/volga-olga'),
  'a user whose name begins like the own': user('olga2'),
  'a user under a path whose name begins like the own': user('people/eu/olga2'),
  'a holder at the path of the fleet': user('mfa-guardrails/break-glass/alice.breakglass'),
  'a holder who was moved': user('alice.breakglass'),
  'a holder who was moved to a path': user('people/eu/bob.breakglass'),
  'the same holder, moved to a path': user('people/eu/alice.breakglass'),
  'another holder who was moved to the root': user('bob.breakglass'),
  'a user whose name begins like a moved holder': user('people/alice.breakglass2'),
  'a user at the root whose name begins like a moved holder': user('alice.breakglass2'),
  'a user whose name begins like another moved holder': user('people/bob.breakglass2'),
  'a user at the root whose name begins like another moved holder': user('bob.breakglass2'),
  'a user whose name ends like a moved holder': user('people/malice.breakglass'),
  'a holder from elsewhere': user('carol'),
  'a holder from elsewhere under a path': user('people/eu/carol'),
  'a user whose name begins like a holder': user('carolina'),
  'a user under a path whose name begins like a holder': user('people/eu/carolina'),
  'a user whose name ends like a holder': user('people/notcarol'),
  'a user at the path of all fleets': user('mfa-guardrails/dora'),
  'a holder of another fleet': user('mfa-guardrails/another/dora'),
  'a holder of a fleet whose name begins like ours': user('mfa-guardrails/break-glass-2/dora'),

  'a device of any name': device('my-phone'),
  'a device under a path': device('phones/olga'),
  'a device of the own name': device('olga'),
  "a device of somebody else's name": device('mallory'),
  'a device whose path begins like ours': device('mfa-guardrails-old/my-phone'),
  'a device whose name begins like our path': device('mfa-guardrails'),
  'a device of the fleet': device('mfa-guardrails/break-glass/alice.breakglass.primary.86596220000001'),
  'a device of another fleet': device('mfa-guardrails/another/alice.primary.86596220000017'),
  'a device of a fleet whose name begins like ours': device('mfa-guardrails/break-glass-2/alice.primary.1'),
  'a device of the name of the fleet elsewhere': device('break-glass/alice.primary.1'),

  'a role': role('Admin'),
  'the role itself': role('Itself'),

  'the manifest': parameter('mfa-guardrails/break-glass/record/manifest'),
  'the path of the record': parameter('mfa-guardrails/break-glass/record'),
  'the path of the pages': parameter('mfa-guardrails/break-glass/record/page'),
  'a page': parameter('mfa-guardrails/break-glass/record/page/0'),
  'the path of the evidence': parameter('mfa-guardrails/break-glass/evidence'),
  'evidence of a slot': parameter('mfa-guardrails/break-glass/evidence/alice.breakglass/primary'),
  'what begins like the evidence': parameter('mfa-guardrails/break-glass/evidences'),
  'what begins like the record': parameter('mfa-guardrails/break-glass/recorded'),
  'the fleet besides record and evidence': parameter('mfa-guardrails/break-glass/else'),
  'the record of another fleet': parameter('mfa-guardrails/another/record/manifest'),
  'evidence of another fleet': parameter('mfa-guardrails/another/evidence/alice/primary'),
  'evidence of a fleet whose name begins like ours': parameter('mfa-guardrails/break-glass-2/evidence/a/b'),
  "somebody else's parameter": parameter('app/database-password'),

  'the console': signIn('console', '::console/aws-console'),
  'a client on this machine': signIn(
    'oauth2-public-client-localhost',
    `eu-central-1:${ACCOUNT}:oauth2/public-client/localhost`,
  ),
  'a client on another machine': signIn(
    'oauth2-public-client-remote',
    `us-east-1:${ACCOUNT}:oauth2/public-client/remote`,
  ),
  'a service that gets tokens': signIn(
    'oauth2-resource-service-principal',
    `eu-central-1:${ACCOUNT}:service-principal/quicksight.amazonaws.com`,
  ),
} as const satisfies Record<string, Place>;

/** Besides the places: actions that know no resources, and one resource of each other type. */
export const NO_RESOURCE = 'the account';
export const SAMPLE_RESOURCE = 'a sample resource';

export type PlaceName = keyof typeof PLACES | typeof NO_RESOURCE | typeof SAMPLE_RESOURCE;

/** The names of the places of a resource type. */
export function placesOf(type: PlacedType): readonly (keyof typeof PLACES)[] {
  return (Object.keys(PLACES) as (keyof typeof PLACES)[]).filter((name) => PLACES[name].type === type);
}

export function isPlacedType(type: string): type is PlacedType {
  return PLACED_TYPES.some((placed) => placed === type);
}
