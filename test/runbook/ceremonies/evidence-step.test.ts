import { AwsFault } from '../../../runbook/aws/aws';
import { hasEvidence, writeEvidence } from '../../../runbook/ceremony/evidence-step';
import type { Ports } from '../../../runbook/ceremony/ports';
import { compareEvidence } from '../../../runbook/evidence/compare-evidence';
import { continueLog, hashOf, linesOf } from '../../../runbook/evidence/evidence-log';
import { parseEvidence } from '../../../runbook/evidence/evidence-text';
import { verifyLog } from '../../../runbook/evidence/verify-log';
import type { Terminal } from '../../../runbook/terminal/terminal';
import { ACCOUNT, LOG_ID, longest, nth, sample } from '../evidence/evidence-samples';

const PARAMETER = '/mfa-guardrails/break-glass/evidence/alice.breakglass/primary';
const SUBJECT = { fleet: 'break-glass', holder: 'alice.breakglass', slot: 'primary' };
const { schema: _schema, at: _at, tool: _tool, ...FACTS } = sample();

/** SSM and a log in memory, either of which may be broken. */
class Places {
  public readonly parameters = new Map<string, string>();
  public log = '';
  public said = '';
  public atMs = Date.parse('2026-11-22T10:00:00.000Z');
  public ssmIsBroken = false;
  public logIsBroken = false;
  public readonly order: string[] = [];

  public readonly ports: Pick<Ports, 'aws' | 'evidenceLog' | 'clock' | 'terminal' | 'tool'> = {
    aws: {
      parameter: async (name: string) => this.parameters.get(name),
      putParameter: async (name: string, value: string) => {
        this.order.push('ssm');
        if (this.ssmIsBroken) {
          throw new AwsFault('ssm:PutParameter', 'AccessDenied', 'no');
        }
        this.parameters.set(name, value);
      },
    } as Ports['aws'],
    evidenceLog: {
      append: async (evidence) => {
        this.order.push('log');
        if (this.logIsBroken) {
          throw new Error('no space left on device');
        }
        this.log += continueLog(this.log, evidence, () => LOG_ID) ?? '';
      },
      read: async () => this.log,
    },
    clock: { now: () => this.atMs, sleep: async () => undefined },
    terminal: {
      say: (text: string) => {
        this.said += `${text}\n`;
      },
      event: () => undefined,
    } as unknown as Terminal,
    tool: 'mfa-runbook 0.1.0',
  };

  public get stored() {
    return parseEvidence(this.parameters.get(PARAMETER) ?? '').evidence;
  }
}

let places: Places;
beforeEach(() => {
  places = new Places();
});

test('writes the same evidence to the log and to SSM, which names the line of the log', async () => {
  const written = await writeEvidence(places.ports, FACTS);
  const line = linesOf(places.log)[1] ?? '';
  expect(parseEvidence(line).evidence).toEqual(sample());
  expect(places.stored).toEqual({ ...sample(), log: { id: LOG_ID, line: 2, hash: hashOf(line) } });
  expect(written).toEqual(places.stored);
  expect(places.said).toContain(PARAMETER);
});

test('the log comes first: whatever SSM names stands there', async () => {
  await writeEvidence(places.ports, FACTS);
  expect(places.order).toEqual(['log', 'ssm']);
});

test('a run that resumes changes nothing, though it is later and knows less', async () => {
  await writeEvidence(places.ports, FACTS);
  const { log } = places;
  const stored = places.parameters.get(PARAMETER);
  places.atMs += 86_400_000;
  await writeEvidence(places.ports, { ...FACTS, checks: ['record', 'listed'] });
  expect(places.log).toBe(log);
  expect(places.parameters.get(PARAMETER)).toBe(stored);
});

test.each([
  ['SSM', 'ssmIsBroken', /ssm:PutParameter/],
  ['the log', 'logIsBroken', /no space left on device/],
] as const)(
  'tries both, and refuses where %s cannot be written; the next run completes it',
  async (_name, broken, reason) => {
    places[broken] = true;
    await expect(writeEvidence(places.ports, FACTS)).rejects.toMatchObject({
      code: 'evidence/not-written',
      message: expect.stringMatching(reason),
      hints: [expect.stringContaining('{command}')],
    });
    expect(places.order).toEqual(['log', 'ssm']);
    expect(places.log === '').toBe(broken === 'logIsBroken');
    expect(places.stored === undefined).toBe(broken === 'ssmIsBroken');
    expect(places.stored?.log).toBeUndefined();
    expect(places.said).toBe('');

    places[broken] = false;
    await writeEvidence(places.ports, FACTS);
    const report = verifyLog(places.log, 'break-glass');
    const parameters = [...places.parameters].map(([name, value]) => ({ name, value }));
    expect(report).toMatchObject({ faults: [], entries: [{ line: 2 }] });
    expect(compareEvidence(report, parameters, ACCOUNT)).toMatchObject({ matched: 1, faults: [] });
  },
);

test('says both reasons where neither can be written', async () => {
  places.ssmIsBroken = true;
  places.logIsBroken = true;
  await expect(writeEvidence(places.ports, FACTS)).rejects.toThrow(/no space left.*; .*ssm:PutParameter/);
});

test('writes nothing that could not be read again', async () => {
  await expect(writeEvidence(places.ports, { ...FACTS, witness: 'a\nb' })).rejects.toMatchObject({
    code: 'evidence/not-written',
    message: expect.stringContaining('witness "a\\nb"'),
  });
  expect(places.order).toEqual([]);
});

test('the longest evidence, with its line, fits into one parameter', async () => {
  const { schema: _s, at: _a, tool: _t, log: _l, ...facts } = longest();
  await writeEvidence(places.ports, facts);
  const [text = ''] = places.parameters.values();
  expect(text.length).toBeGreaterThan(2_500);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4_096);
});

test('a parameter that holds no evidence is not complete evidence', async () => {
  const { deviceArn: arn } = sample();
  places.parameters.set(PARAMETER, '{"deviceArn":"x"}');
  expect(await hasEvidence(places.ports, SUBJECT, { arn, enabledAt: undefined })).toBe(false);
  await writeEvidence(places.ports, FACTS);
  expect(await hasEvidence(places.ports, SUBJECT, { arn, enabledAt: undefined })).toBe(true);
});

const AT = Date.parse(sample().at);

test.each<[string, Parameters<typeof writeEvidence>[1], string, Date | undefined, boolean]>([
  ['of this device, after it was enabled', FACTS, sample().deviceArn, new Date(AT - 5_000), true],
  ['of this device, within what clocks differ', FACTS, sample().deviceArn, new Date(AT + 9_000), true],
  ['of this device, enabled at an unknown time', FACTS, sample().deviceArn, undefined, true],
  ['of this device as it was enabled before', FACTS, sample().deviceArn, new Date(AT + 60_000), false],
  ['of another device', FACTS, nth(2).deviceArn, undefined, false],
  ['of its retirement', { ...FACTS, ceremony: 'retire' }, sample().deviceArn, undefined, false],
])('whether there is evidence: %s', async (_name, facts, arn, enabledAt, expected) => {
  expect(await hasEvidence(places.ports, SUBJECT, { arn, enabledAt })).toBe(false);
  await writeEvidence(places.ports, facts);
  expect(await hasEvidence(places.ports, SUBJECT, { arn, enabledAt })).toBe(expected);
});

test('evidence that is in SSM alone is not complete', async () => {
  function isThere() {
    return hasEvidence(places.ports, SUBJECT, { arn: sample().deviceArn, enabledAt: new Date(AT) });
  }
  places.logIsBroken = true;
  await expect(writeEvidence(places.ports, FACTS)).rejects.toThrow('no space left');
  expect(places.stored?.deviceArn).toBe(sample().deviceArn);
  expect(await isThere()).toBe(false);

  places.logIsBroken = false;
  await writeEvidence(places.ports, FACTS);
  expect(await isThere()).toBe(true);
});
