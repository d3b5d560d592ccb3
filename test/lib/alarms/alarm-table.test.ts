/**
 * The table of events and messages in the documentation, made by sending each event through the rules.
 * `UPDATE_ALARM_TABLE=1 npx jest test/lib/alarms/alarm-table` writes it again.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AlarmScene, makeAlarms } from './alarm-scene';
import { attackCases } from './attack-cases';
import { ACCOUNT, delivered, deviceCall, failedSignIn, iamUser } from './cloudtrail-events';
import { headlineOf } from './said';
import { USUAL_CASES } from './usual-cases';

const PAGE = join(__dirname, '../../../docs/constructs/alarms.md');
const BEGIN = '<!-- events: written by test/lib/alarms/alarm-table.test.ts -->\n';
const END = '<!-- /events -->';

const scene = new AlarmScene(makeAlarms());

/** An alarm, its message, and the events that cause it. */
interface Row {
  readonly alarm: string;
  readonly message: string;
  readonly events: Set<string>;
}

/** Events of which only the function has something to say. */
const JUDGED = [
  failedSignIn('bob.breakglass'),
  deviceCall(
    iamUser('olga'),
    'EnableMFADevice',
    `arn:aws:iam::${ACCOUNT}:mfa/mfa-guardrails/break-glass/bob.breakglass.primary.86596220000666`,
    'bob.breakglass',
  ),
];

/** The values of the scene, by the words that stand for them. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/arn:aws:cloudformation:\S*stack\/Home\/\S*/g, 'STACK'],
  [/alice\.breakglass|bob\.breakglass|\bzoe\b|\bmallory\b/gi, 'USER'],
  [/olga/g, 'USER'],
  [/Home(-mfa-guardrails-[\w-]+)?/g, 'STACK'],
  [/222233334444/g, 'ACCOUNT'],
];

async function rows(): Promise<readonly Row[]> {
  const found = new Map<string, Row>();
  const attacks = attackCases(scene.targets()).map(({ record }) => record);
  for (const record of [...JUDGED, ...USUAL_CASES.map(([, usual]) => usual), ...attacks]) {
    const event = delivered(record);
    const action = String(record.eventName).replace(/\d{8}(v\d)?$/, '');
    for (const heard of scene.hear(event)) {
      const headline = await headlineOf(scene, event, heard);
      if (headline !== undefined) {
        const message = worded(headline.replaceAll(String(record.eventName), 'ACTION'));
        const alarm = heard.id.replace(/2$/, '');
        const key = `${alarm} ${message}`;
        const row = found.get(key) ?? { alarm, message, events: new Set() };
        row.events.add(`${String(record.eventSource).split('.')[0]}:${action}`);
        found.set(key, row);
      }
    }
  }
  return [...found.values()];
}

function worded(text: string): string {
  return WORDS.reduce((result, [value, word]) => result.replace(value, word), text);
}

async function table(): Promise<string> {
  const lines = (await rows()).map(
    ({ alarm, message, events }) =>
      `| ${[...events].map((event) => `\`${event}\``).join(' ')} | ${message} | \`${alarm}\` |`,
  );
  return ['| event | message | alarm |', '| --- | --- | --- |', ...lines, ''].join('\n');
}

test('the documentation has the table that the rules make', async () => {
  const made = await table();
  const page = readFileSync(PAGE, 'utf8');
  const [before = '', rest = ''] = page.split(BEGIN);
  const [, after = ''] = rest.split(END);
  if (process.env.UPDATE_ALARM_TABLE !== undefined) {
    writeFileSync(PAGE, `${before}${BEGIN}${made}${END}${after}`);
  }

  expect(readFileSync(PAGE, 'utf8')).toContain(`${BEGIN}${made}${END}`);
  expect(made.split('\n').length).toBeGreaterThan(40);
});
