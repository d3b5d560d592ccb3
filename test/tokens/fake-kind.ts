/** A kind of token with labels on it, for tests of what commands do with any driver. It speaks no protocol. */
import type { DriverKind, TokenDriver } from '../../runbook/token/driver';
import { DRIVERS } from '../../runbook/token/drivers';
import type { VirtualCard } from './virtual-card';

const ATR = Uint8Array.of(0x3b, 0x80, 0x80, 0x01, 0x7f);

/** The card that this kind knows by its answer to reset. */
export const FAKE_CARD: VirtualCard = {
  atr: ATR,
  enterField() {},
  leaveField() {},
  receive: () => Uint8Array.of(0x90, 0x00),
};

/** Adds a kind whose tokens have this serial, and these methods. @returns removes it again */
export function addFakeKind(serial: string, methods: Partial<TokenDriver>): () => void {
  const kinds = DRIVERS as DriverKind[];
  const info = { serial, model: 'Fake Key' };
  const driver: TokenDriver = {
    id: 'ykoath',
    seedCapacity: 64,
    clockWipesSeed: false,
    codeSource: 'key',
    info: async () => info,
    burn: () => Promise.reject(new Error('nothing is burned onto a fake key')),
    ...methods,
  };
  const kind: DriverKind = {
    type: 'oath',
    withheldInstructions: new Set(),
    mayBe: ({ atr }) => Buffer.compare(atr, ATR) === 0,
    probe: async () => ({ driver, info }),
  };
  kinds.unshift(kind);
  return () => void kinds.splice(kinds.indexOf(kind), 1);
}

/** Adds a key that holds credentials and erases them. */
export function addFakeKey(
  serial: string,
  labels: readonly string[],
): { readonly labels: readonly string[] } {
  const key = { labels: [...labels] };
  addFakeKind(serial, {
    contents: async () => key.labels.map((label) => ({ label })),
    erase: async ({ label }) => {
      key.labels = key.labels.filter((each) => each !== label);
    },
  });
  return key;
}
