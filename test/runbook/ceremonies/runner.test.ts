import { Progress, runSteps, type Settled, type Step } from '../../../runbook/ceremony/effects';
import { JournalError, type JournalStep } from '../../../runbook/ceremony/journal';
import { MemoryJournals } from '../../support/memory-journals';
import { journalOf, subjectOf } from '../../support/sample-journals';

const ALICE = subjectOf('alice');

/** What happened, in order: `begun a`, `run a`, `done a`, `settle a`. */
type Happened = string[];

/** A step that changes the world. */
function effect(name: string, settled: Settled = 'done'): Step<Happened> {
  return {
    name,
    run: async (happened) => {
      happened.push(`run ${name}`);
      return { of: name };
    },
    settle: async (happened, found) => {
      happened.push(`settle ${name} ${found.state} ${JSON.stringify(found.facts)}`);
      return settled;
    },
  };
}

/** A step that only looks. */
function look(name: string): Step<Happened> {
  return {
    name,
    run: async (happened) => {
      happened.push(`run ${name}`);
      return undefined;
    },
  };
}

function dying(step: Step<Happened>): Step<Happened> {
  return {
    ...step,
    run: async (happened) => {
      await step.run(happened);
      throw new Error('killed');
    },
  };
}

/** Runs steps on a journal that an earlier run left, and tells what happened and what is in the journal at the end. */
async function run(
  steps: readonly Step<Happened>[],
  left: readonly JournalStep[] = [],
): Promise<{ happened: Happened; steps: readonly JournalStep[]; error: unknown }> {
  const happened: Happened = [];
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
  const open = await journals.open(ALICE);
  const progress = new Progress(open, journalOf(ALICE, []));
  const error: unknown = await runSteps(steps, happened, progress).catch((caught: unknown) => caught);
  return { happened, steps: progress.journal.steps, error };
}

function begun(name: string): JournalStep {
  return { name, state: 'begun', facts: {} };
}
function done(name: string): JournalStep {
  return { name, state: 'done', facts: { of: name } };
}

test('the journal says begun before each effect, and done with its facts after it', async () => {
  const { happened, steps } = await run([effect('a'), effect('b')]);
  expect(happened).toEqual([
    'journal a begun',
    'run a',
    'journal a done',
    'journal a done, b begun',
    'run b',
    'journal a done, b done',
  ]);
  expect(steps).toEqual([done('a'), done('b')]);
});

test('a step that only looks is not journalled, and is done anew by every run', async () => {
  expect((await run([look('a'), effect('b')])).happened).toEqual([
    'run a',
    'journal b begun',
    'run b',
    'journal b done',
  ]);
  const again = await run([look('a'), effect('b')], [done('b')]);
  expect(again.happened).toContain('run a');
  expect(again.happened).not.toContain('run b');
});

test('an effect that fails stays begun, and what comes after it is not done', async () => {
  const { happened, steps, error } = await run([effect('a'), dying(effect('b')), effect('c')]);
  expect(String(error)).toContain('killed');
  expect(happened).toContain('run b');
  expect(happened).not.toContain('run c');
  expect(steps).toEqual([done('a'), begun('b')]);
});

test('a step found begun is settled before anything is done; settled as done it is not done again', async () => {
  const { happened, steps } = await run([look('first'), effect('a'), effect('b')], [begun('a')]);
  expect(happened.slice(0, 2)).toEqual(['settle a begun {}', 'journal a done']);
  expect(happened).not.toContain('run a');
  expect(steps.map(({ name, state }) => `${name} ${state}`)).toEqual(['a done', 'b done']);
});

test('a step found done is settled too, with the facts it left, and keeps them', async () => {
  const { happened, steps } = await run([effect('a')], [done('a')]);
  expect(happened[0]).toBe('settle a done {"of":"a"}');
  expect(steps).toEqual([done('a')]);
});

test('a step settled as undone is done again, and takes every later step with it', async () => {
  const { happened, steps } = await run(
    [effect('a'), effect('b', 'undone'), effect('c')],
    [done('a'), done('b'), begun('c')],
  );
  expect(happened).toEqual([
    'settle a done {"of":"a"}',
    'journal a done, b done, c begun',
    'settle b done {"of":"b"}',
    'journal a done',
    'journal a done, b begun',
    'run b',
    'journal a done, b done',
    'journal a done, b done, c begun',
    'run c',
    'journal a done, b done, c done',
  ]);
  expect(steps).toEqual([done('a'), done('b'), done('c')]);
});

test('an effect that is not needed is neither journalled nor done', async () => {
  const needless: Step<Happened> = { ...effect('a'), isNeeded: () => false };
  const { happened } = await run([needless, { ...effect('b'), isNeeded: () => true }]);
  expect(happened).toEqual(['journal b begun', 'run b', 'journal b done']);
});

test('an effect whose intent cannot be made durable is not done', async () => {
  const happened: Happened = [];
  const journals = new MemoryJournals(() => {
    throw new Error('disk full');
  });
  const progress = new Progress(await journals.open(ALICE), journalOf(ALICE, []));
  const error: unknown = await runSteps([effect('a')], happened, progress).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(JournalError);
  expect(error).toMatchObject({ fault: 'not-written', detail: 'disk full' });
  expect(happened).toEqual([]);
  expect(progress.journal.steps).toEqual([]);
});

test('goes on with the journal that was found, not with a new one', async () => {
  const journals = new MemoryJournals();
  const earlier = await journals.open(ALICE);
  await earlier.write({ ...journalOf(ALICE, [done('a')]), id: 'the earlier one' });
  await earlier.release();
  const progress = new Progress(await journals.open(ALICE), journalOf(ALICE, []));
  expect(progress.journal.id).toBe('the earlier one');
  expect(progress.find('a')).toEqual(done('a'));
  expect(progress.find('b')).toBeUndefined();
});

test('a run cut off at any durable write is finished by the next, and every effect is done or settled', async () => {
  for (let cut = 1; cut <= 8; cut++) {
    const journals = new MemoryJournals();
    const effects = new Map<string, number>();
    function step(name: string): Step<undefined> {
      return {
        name,
        run: async () => {
          effects.set(name, (effects.get(name) ?? 0) + 1);
          return undefined;
        },
        settle: async () => (effects.has(name) ? 'done' : 'undone'),
      };
    }
    const steps = [step('a'), step('b')];
    let writes = 0;
    journals.onDurableWrite = () => {
      writes++;
      if (writes !== cut) {
        return;
      }
      journals.forgetLocks();
      throw new Error('killed');
    };
    async function attempt(): Promise<void> {
      return runSteps(steps, undefined, new Progress(await journals.open(ALICE), journalOf(ALICE, [])));
    }
    await expect(attempt()).rejects.toThrow('killed');
    await attempt();
    expect([...effects]).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  }
});
