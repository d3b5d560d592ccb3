import type { Journal } from '../../runbook/ceremony/journal';
import { journalsContract } from './journals-contract';
import { type DurableWrite, MemoryJournals } from './memory-journals';
import { journalOf, subjectOf } from './sample-journals';

journalsContract('journals in memory', async () => {
  const journals = new MemoryJournals();
  return {
    journals,
    tamper: async (subject, text) => journals.tamper(subject, text),
    read: async (place) => journals.files.get(place),
    dispose: async () => undefined,
  };
});

const ALICE = subjectOf('alice');
const BEGUN: Journal = journalOf(ALICE, [{ name: 'device', state: 'begun', facts: {} }]);

test('a crash drops the locks and keeps the journals', async () => {
  const journals = new MemoryJournals();
  await (await journals.open(ALICE)).write(BEGUN);
  await expect(journals.open(ALICE)).rejects.toMatchObject({ fault: 'locked' });
  journals.forgetLocks();
  expect((await journals.open(ALICE)).found).toEqual(BEGUN);
});

test('what a dead run does afterwards changes nothing', async () => {
  const journals = new MemoryJournals();
  const dead = await journals.open(ALICE);
  await dead.write(BEGUN);
  journals.forgetLocks();
  const next = await journals.open(ALICE);
  await expect(dead.write(journalOf(ALICE, []))).rejects.toThrow('dead');
  await expect(dead.remove()).rejects.toThrow('dead');
  await dead.release();
  await expect(journals.open(ALICE)).rejects.toMatchObject({ fault: 'locked' });
  await next.release();
  expect((await journals.open(ALICE)).found).toEqual(BEGUN);
});

test('tells of every durable write before and after it', async () => {
  const told: DurableWrite[] = [];
  const journals = new MemoryJournals((write) => void told.push(write));
  const open = await journals.open(ALICE);
  await open.write(BEGUN);
  await open.remove();
  expect(told).toEqual([
    { when: 'before', what: 'write', subject: ALICE, journal: BEGUN },
    { when: 'after', what: 'write', subject: ALICE, journal: BEGUN },
    { when: 'before', what: 'remove', subject: ALICE, journal: undefined },
    { when: 'after', what: 'remove', subject: ALICE, journal: undefined },
  ]);
});

test.each([
  ['before', undefined],
  ['after', BEGUN],
] as const)('a crash %s a write leaves what was durable then', async (when, found) => {
  const journals = new MemoryJournals((write) => {
    if (write.when !== when) {
      return;
    }
    journals.forgetLocks();
    throw new Error('killed');
  });
  await expect((await journals.open(ALICE)).write(BEGUN)).rejects.toThrow('killed');
  journals.onDurableWrite = () => undefined;
  expect((await journals.open(ALICE)).found).toEqual(found);
});
