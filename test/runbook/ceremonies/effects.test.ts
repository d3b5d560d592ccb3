/** The engine of the ceremonies: effects in the journal, and their fates in the next run. */
import { Effects, type Fate } from '../../../runbook/ceremony/effects';
import { JournalError, type JournalStep } from '../../../runbook/ceremony/journal';
import { MemoryJournals } from '../../support/memory-journals';
import { journalOf, subjectOf } from '../../support/sample-journals';

const ALICE = subjectOf('alice');
const NOW = Date.parse('2026-03-01T10:00:00Z');

/** A ceremony of effects that is interrupted before `dies`, after its effect. */
interface Script {
  readonly effects: readonly string[];
  readonly fates?: Readonly<Record<string, Fate>>;
  readonly dies?: string;
}

async function perform({ effects: names, fates = {}, dies }: Script, effects: Effects, happened: string[]) {
  const told = Object.entries(fates).map(([name, fate]) => [
    name,
    async (found: JournalStep): Promise<Fate> => {
      happened.push(`settle ${name} ${found.state} ${JSON.stringify(found.facts)}`);
      return fate;
    },
  ]);
  await effects.settle(Object.fromEntries(told));
  for (const name of names) {
    await effects.once(name, async () => {
      happened.push(`do ${name}`);
      if (name === dies) {
        throw new Error('killed');
      }
      return { of: name };
    });
  }
}

/** Performs a script on a journal that an earlier run left; tells what happened, and the journal's steps at the end. */
async function run(script: Script, left: readonly JournalStep[] = []) {
  const happened: string[] = [];
  const journals = new MemoryJournals();
  if (left.length > 0) {
    const open = await journals.open(ALICE);
    await open.write(journalOf(ALICE, left));
    await open.release();
  }
  journals.onDurableWrite = ({ when, journal }) => {
    if (when === 'after') {
      happened.push(`journal ${journal?.steps.map(({ name, state }) => `${name} ${state}`).join(', ')}`);
    }
  };
  const effects = new Effects(await journals.open(ALICE), journalOf(ALICE, []), () => NOW);
  const error: unknown = await perform(script, effects, happened).catch((caught: unknown) => caught);
  const steps = effects.journal.steps.map(({ name, state, facts }) => ({ name, state, facts }));
  return { happened, steps, error, effects };
}

function begun(name: string): JournalStep {
  return { name, state: 'begun', facts: {} };
}
function done(name: string): JournalStep {
  return { name, state: 'done', facts: { of: name } };
}

test('the journal says begun before each effect, and done with its facts after it', async () => {
  const { happened, steps, effects } = await run({ effects: ['a', 'b'] });
  expect(happened).toEqual([
    'journal a begun',
    'do a',
    'journal a done',
    'journal a done, b begun',
    'do b',
    'journal a done, b done',
  ]);
  expect(steps).toEqual([done('a'), done('b')]);
  expect(effects.find('a')?.at).toBe('2026-03-01T10:00:00.000Z');
  expect([effects.isDone('a'), effects.isDone('c'), effects.facts('b'), effects.facts('c')]).toEqual([
    true,
    false,
    { of: 'b' },
    {},
  ]);
});

test('an effect that fails stays begun, and later ones are not done', async () => {
  const { happened, steps, error } = await run({ effects: ['a', 'b', 'c'], dies: 'b' });
  expect(String(error)).toContain('killed');
  expect(happened).toContain('do b');
  expect(happened).not.toContain('do c');
  expect(steps).toEqual([done('a'), begun('b')]);
});

test('an effect found begun is settled before anything is done; settled as done it is not done again', async () => {
  const { happened, steps } = await run({ effects: ['a', 'b'], fates: { a: 'done' } }, [begun('a')]);
  expect(happened.slice(0, 2)).toEqual(['settle a begun {}', 'journal a done']);
  expect(happened).not.toContain('do a');
  expect(steps.map(({ name, state }) => `${name} ${state}`)).toEqual(['a done', 'b done']);
});

test('an effect found done is settled too, with the facts it left, and keeps them', async () => {
  const { happened, steps } = await run({ effects: ['a'], fates: { a: 'done' } }, [done('a')]);
  expect(happened[0]).toBe('settle a done {"of":"a"}');
  expect(steps).toEqual([done('a')]);
});

test('an effect settled as undone is done again, and takes every later effect with it', async () => {
  const { happened, steps } = await run(
    { effects: ['a', 'b', 'c'], fates: { a: 'done', b: 'undone', c: 'done' } },
    [done('a'), done('b'), begun('c')],
  );
  expect(happened).toEqual([
    'settle a done {"of":"a"}',
    'journal a done, b done, c begun',
    'settle b done {"of":"b"}',
    'journal a done',
    'journal a done, b begun',
    'do b',
    'journal a done, b done',
    'journal a done, b done, c begun',
    'do c',
    'journal a done, b done, c done',
  ]);
  expect(steps).toEqual([done('a'), done('b'), done('c')]);
});

test('a decision is kept in one write, already done', async () => {
  const { effects, happened } = await run({ effects: [] });
  await effects.keep('chosen', { arn: 'x' });
  expect(happened).toEqual(['journal chosen done']);
  expect(effects.facts('chosen')).toEqual({ arn: 'x' });
});

test('an effect whose intent cannot be made durable is not done', async () => {
  const happened: string[] = [];
  const journals = new MemoryJournals(() => {
    throw new Error('disk full');
  });
  const effects = new Effects(await journals.open(ALICE), journalOf(ALICE, []), () => NOW);
  const failed = perform({ effects: ['a'] }, effects, happened);
  await expect(failed).rejects.toBeInstanceOf(JournalError);
  await expect(failed).rejects.toMatchObject({ fault: 'not-written', detail: 'disk full' });
  expect(happened).toEqual([]);
  expect(effects.journal.steps).toEqual([]);
});

test('continues with the journal that was found, not with a new one', async () => {
  const journals = new MemoryJournals();
  const earlier = await journals.open(ALICE);
  await earlier.write({ ...journalOf(ALICE, [done('a')]), id: 'the earlier one' });
  await earlier.release();
  const { journal } = new Effects(await journals.open(ALICE), journalOf(ALICE, []), () => NOW);
  expect(journal.id).toBe('the earlier one');
});

test('a run cut off at any durable write is finished by the next, and every effect is done once', async () => {
  for (let cut = 1; cut <= 8; cut++) {
    const journals = new MemoryJournals();
    const times = new Map<string, number>();
    let writes = 0;
    journals.onDurableWrite = () => {
      writes++;
      if (writes === cut) {
        journals.forgetLocks();
        throw new Error('killed');
      }
    };
    async function attempt(): Promise<void> {
      const effects = new Effects(await journals.open(ALICE), journalOf(ALICE, []), () => NOW);
      async function fate({ name }: JournalStep): Promise<Fate> {
        return times.has(name) ? 'done' : 'undone';
      }
      await effects.settle({ a: fate, b: fate });
      for (const name of ['a', 'b']) {
        await effects.once(name, async () => {
          times.set(name, (times.get(name) ?? 0) + 1);
          return undefined;
        });
      }
    }
    await expect(attempt()).rejects.toThrow('killed');
    await attempt();
    expect([...times]).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  }
});
