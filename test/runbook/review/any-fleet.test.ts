/** The plan of any fleet, whatever is in its slots. */
import * as fc from 'fast-check';
import type { FleetRecord } from '../../../lib/record/record';
import { planFleet } from '../../../runbook/review/fleet-plan';
import { forTheSame, randomRecord } from '../../lib/record/random-record';
import { device, FLEET, type FleetState, NOW, proof, stateOf } from './fleets';

/** A state of a random record: each slot with its own token, a spare or another, proven, left over, misplaced or none of it. */
const randomState: fc.Arbitrary<FleetState> = randomRecord.chain((drawn) => {
  const record = { ...drawn, fleet: FLEET };
  const slots = record.holders.flatMap(({ name, tokens }) =>
    tokens.map((each) => ({ holder: name, ...each })),
  );
  const place = fc.record({
    serial: fc.constantFrom('declared', 'spare', 'OTHER'),
    user: fc.constantFrom('holder', 'mallory', null),
    years: fc.integer({ min: 0, max: 7 }),
    proofDays: fc.option(fc.integer({ min: -2, max: 200 })),
    exists: fc.boolean(),
  });
  return fc.array(place, { minLength: slots.length, maxLength: slots.length }).map((places) => {
    function serialIn(i: number): string {
      const declared = slots[i]?.serial ?? '';
      const which = places[i]?.serial;
      // A spare is in one slot at most.
      const other = which === 'spare' ? record.spares[i]?.serial : undefined;
      return which === 'OTHER' ? 'OTHER' : (other ?? declared);
    }
    return {
      ...stateOf({ record }),
      devices: slots.flatMap(({ holder, slot }, i) => {
        const { exists = false, user = null, years = 0 } = places[i] ?? {};
        const enabledAt = new Date(NOW - years * 365.25 * 86_400_000);
        const about = { user: user === 'holder' ? holder : user, enabledAt };
        return exists ? [device(holder, slot, serialIn(i), about)] : [];
      }),
      proofs: new Map(
        slots.flatMap(({ holder, slot }, i) => {
          const days = places[i]?.proofDays;
          return typeof days === 'number'
            ? [proof(holder, slot, serialIn(i), new Date(NOW - days * 86_400_000))]
            : [];
        }),
      ),
    };
  });
});

test('every declared token has exactly one verdict, and every device at our path is a token’s or a stray', () => {
  const seen = new Set<string>();
  forTheSame(
    randomState,
    (state) => {
      const { tokens, strays } = planFleet(state);
      const declared = state.record.holders.flatMap(({ name, tokens: of }) =>
        of.map(({ slot }) => `${name} ${slot}`),
      );
      expect(tokens.map(({ holder, slot }) => `${holder} ${slot}`)).toEqual(declared);
      const spares = new Set(state.record.spares.map(({ serial }) => serial));
      for (const { verdict, why, cause, spareInUse } of tokens) {
        seen.add(verdict);
        expect(why === '').toBe(verdict === 'fine');
        expect(cause !== undefined).toBe(verdict === 'replace');
        expect(spareInUse !== undefined && spares.has(spareInUse)).toBe(verdict === 'deploy');
      }
      const accounted = [
        ...tokens.flatMap(({ deviceArn = '' }) => deviceArn || []),
        ...strays.map((s) => s.deviceArn),
      ];
      expect(accounted.sort()).toEqual(state.devices.map(({ arn }) => arn).sort());
    },
    300,
  );
  expect([...seen].sort()).toEqual(['deploy', 'enroll', 'fine', 'prove', 'replace']);
});

test('once the record has followed, a slot with a spare is judged like any other, and the order is the same', () => {
  const after = new Set<string>();
  forTheSame(
    randomState,
    (state) => {
      const before = planFleet(state);
      const moved = new Map(
        before.tokens.flatMap(({ holder, slot, spareInUse }) =>
          spareInUse === undefined ? [] : [[`${holder} ${slot}`, spareInUse] as const],
        ),
      );
      const followed = planFleet({ ...state, record: moveSpares(state.record, moved) });
      expect(followed.order).toEqual(before.order);
      for (const [i, { holder, slot, type, verdict, why }] of followed.tokens.entries()) {
        const was = before.tokens[i];
        if (!moved.has(`${holder} ${slot}`)) {
          expect({ verdict, why }).toEqual({ verdict: was?.verdict, why: was?.why });
          continue;
        }
        after.add(verdict);
        // IAM lists no device of a printed token by our name, so that one is not told what comes after.
        if (type !== 'hardware-totp') {
          expect(was?.why.endsWith(why)).toBe(true);
        }
      }
    },
    300,
  );
  expect([...after].sort()).toEqual(['fine', 'prove', 'replace']);
});

/** @param moved serials of spares by the slot they go to */
function moveSpares(record: FleetRecord, moved: ReadonlyMap<string, string>): FleetRecord {
  const gone = new Set(moved.values());
  function spareOf(key: string) {
    return record.spares.find(({ serial }) => serial === moved.get(key));
  }
  const holders = record.holders.map(({ name, tokens }) => ({
    name,
    tokens: tokens.map((each) => ({ ...(spareOf(`${name} ${each.slot}`) ?? each), slot: each.slot })),
  }));
  return { ...record, holders, spares: record.spares.filter(({ serial }) => !gone.has(serial)) };
}
