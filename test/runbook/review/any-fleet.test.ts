/** The plan of any fleet, whatever is in its slots. */
import * as fc from 'fast-check';
import { deviceKind, deviceKindOf } from '../../../lib/record/devices';
import { formatPlace, isSamePlace, type Place } from '../../../lib/record/place';
import type { FleetRecord, SlotToken } from '../../../lib/record/record';
import type { VirtualDevice } from '../../../runbook/aws/aws';
import { planFleet } from '../../../runbook/review/fleet-plan';
import { forTheSame, randomRecord } from '../../lib/record/random-record';
import { repetitions } from '../../support/extent';
import { deviceNumber, FLEET, type FleetState, NOW, proofOf, stateOf } from './fleets';

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
    function tokenIn(declared: SlotToken, i: number): SlotToken {
      const which = places[i]?.serial;
      if (which === 'OTHER') {
        return { slot: declared.slot, serial: 'OTHER', type: 'programmable' };
      }
      // A spare is in one slot at most.
      const spare = which === 'spare' ? record.spares[i] : undefined;
      return spare === undefined ? declared : { ...spare, slot: declared.slot };
    }
    const devices = slots.flatMap(({ holder, ...declared }, i): VirtualDevice[] => {
      const { exists = false, user = null, years = 0 } = places[i] ?? {};
      const enabledAt = new Date(NOW - years * 365.25 * 86_400_000);
      const token = tokenIn(declared, i);
      const arn = deviceNumber(holder, declared.slot, token);
      if (user === 'holder') {
        return exists ? [{ arn, user: holder, enabledAt }] : [];
      }
      // Only a virtual device is assigned to nobody, or to somebody else than its name says.
      const isFree = exists && deviceKindOf(token.type) === 'virtual';
      return isFree ? [{ arn, ...(user === null ? {} : { user, enabledAt }) }] : [];
    });
    return {
      ...stateOf({ record }),
      devices: devices.filter(({ arn }) => deviceKind(arn) === 'virtual'),
      listed: devices.filter(({ arn }) => deviceKind(arn) !== 'virtual'),
      proofs: new Map(
        slots.flatMap(({ holder, ...declared }, i) => {
          const days = places[i]?.proofDays;
          return typeof days === 'number'
            ? [proofOf(holder, tokenIn(declared, i), new Date(NOW - days * 86_400_000))]
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
      const spares = new Set(state.record.spares.map(formatPlace));
      for (const { verdict, why, cause, spareInUse } of tokens) {
        seen.add(verdict);
        expect(why === '').toBe(verdict === 'fine');
        expect(cause !== undefined).toBe(verdict === 'replace');
        expect(spareInUse !== undefined && spares.has(formatPlace(spareInUse))).toBe(verdict === 'deploy');
      }
      const accounted = [
        ...tokens.flatMap(({ deviceArn = '' }) => deviceArn || []),
        ...strays.map((s) => s.deviceArn),
      ];
      // A printed serial that no slot has is not ours to judge.
      const ours = [...state.devices, ...state.listed].map(({ arn }) => arn);
      expect(accounted.filter(isArn).sort()).toEqual(ours.filter(isArn).sort());
    },
    repetitions(300),
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
      for (const [i, { holder, slot, verdict, why }] of followed.tokens.entries()) {
        const was = before.tokens[i];
        if (!moved.has(`${holder} ${slot}`)) {
          expect({ verdict, why }).toEqual({ verdict: was?.verdict, why: was?.why });
          continue;
        }
        after.add(verdict);
        expect(was?.why.endsWith(why)).toBe(true);
      }
    },
    repetitions(600),
  );
  expect([...after].sort()).toEqual(['fine', 'prove', 'replace']);
});

/** @param moved spares by the slot they go to */
function moveSpares(record: FleetRecord, moved: ReadonlyMap<string, Place>): FleetRecord {
  const gone = new Set([...moved.values()].map(formatPlace));
  function spareOf(key: string) {
    const place = moved.get(key);
    return record.spares.find((spare) => place !== undefined && isSamePlace(spare, place));
  }
  const holders = record.holders.map(({ name, tokens }) => ({
    name,
    tokens: tokens.map((each) => ({ ...(spareOf(`${name} ${each.slot}`) ?? each), slot: each.slot })),
  }));
  return { ...record, holders, spares: record.spares.filter((spare) => !gone.has(formatPlace(spare))) };
}

function isArn(text: string): boolean {
  return text.startsWith('arn:');
}
