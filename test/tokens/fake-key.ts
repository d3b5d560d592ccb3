/** A key that computes its own codes, in a protocol of its own: for ceremonies, before a real driver is at hand. */
import { createHmac } from 'node:crypto';
import { commandApdu, exchange } from '../../runbook/token/apdu';
import {
  type DriverKind,
  type TokenDriver,
  type TokenInfo,
  TokenLockedError,
  TouchError,
} from '../../runbook/token/driver';
import type { Transport } from '../../runbook/token/transport';
import { contactlessAtr, type Reaction, type VirtualCard } from './virtual-card';

const CLA = 0xb0;
const INS = { info: 1, occupancy: 2, burn: 3, code: 4, unlock: 5, erase: 6 } as const;
const OK = [0x90, 0x00];

/** The card: credentials by label, behind a password if it has one. */
export class FakeKey implements VirtualCard {
  public readonly atr = contactlessAtr();
  public readonly credentials = new Map<string, Uint8Array>();
  /** Instructions, in order. */
  public readonly received: number[] = [];
  public triesLeft = 3;
  /** Nobody touches it. */
  public isIgnored = false;
  /** The code that it shows whatever the seed is. */
  public wrongCode: string | undefined;
  #isOpen = false;

  public constructor(
    public readonly serial: string,
    public readonly password?: string,
  ) {}

  public enterField(): void {
    this.#isOpen = this.password === undefined;
  }

  public leaveField(): void {
    this.#isOpen = false;
  }

  public receive(command: Uint8Array): Reaction {
    const [cla, ins = 0, , , length = 0] = command;
    if (cla !== CLA) {
      return Uint8Array.of(0x6d, 0x00);
    }
    this.received.push(ins);
    const body = JSON.parse(Buffer.from(command.subarray(5, 5 + length)).toString('utf8') || '{}');
    if (ins === INS.info) {
      const about = JSON.stringify({ serial: this.serial, isLocked: !this.#isOpen });
      return Uint8Array.of(...Buffer.from(about), ...OK);
    }
    if (ins === INS.unlock) {
      return this.#unlock(body.secret);
    }
    return this.#isOpen ? this.#perform(ins, body) : Uint8Array.of(0x69, 0x82);
  }

  #unlock(secret: string): Uint8Array {
    this.#isOpen = this.triesLeft > 0 && secret === this.password;
    this.triesLeft = this.#isOpen ? 3 : Math.max(0, this.triesLeft - 1);
    return this.#isOpen ? Uint8Array.from(OK) : Uint8Array.of(0x63, 0xc0 | this.triesLeft);
  }

  #perform(ins: number, { label, seed, counter }: Readonly<Record<string, string>>): Uint8Array {
    const held = this.credentials.get(label ?? '');
    switch (ins) {
      case INS.occupancy:
        return Uint8Array.of(held === undefined ? 0 : 1, ...OK);
      case INS.burn:
        this.credentials.set(label ?? '', Uint8Array.from(Buffer.from(seed ?? '', 'base64')));
        return Uint8Array.from(OK);
      case INS.erase:
        this.credentials.delete(label ?? '');
        return Uint8Array.from(OK);
      default:
        return held === undefined || this.isIgnored
          ? Uint8Array.of(0x69, 0x85)
          : Uint8Array.of(...Buffer.from(this.wrongCode ?? hotp(held, Number(counter))), ...OK);
    }
  }
}

function hotp(seed: Uint8Array, counter: number): string {
  const moving = Buffer.alloc(8);
  moving.writeBigUInt64BE(BigInt(counter));
  const digest = createHmac('sha1', seed).update(moving).digest();
  const offset = (digest.at(-1) ?? 0) & 0x0f;
  return String((digest.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

class FakeKeyDriver implements TokenDriver {
  public readonly id = 'ykoath';
  public readonly seedCapacity = 64;
  public readonly clockWipesSeed = false;
  public readonly codeSource = 'key';

  public readonly lock?: 'password';

  public constructor(
    private readonly transport: Transport,
    private readonly about: TokenInfo,
    isLocked: boolean,
  ) {
    if (isLocked) {
      this.lock = 'password';
    }
  }

  public async info(): Promise<TokenInfo> {
    return this.about;
  }

  public async unlock(secret: Uint8Array): Promise<void> {
    const { statusWord } = await ask(this.transport, 'unlock', {
      secret: Buffer.from(secret).toString('utf8'),
    });
    secret.fill(0);
    const left = statusWord & 0x0f;
    if (statusWord !== 0x9000) {
      throw new TokenLockedError('password', left === 0 ? 'blocked' : 'wrong', left);
    }
  }

  public async occupancy({ label }: { readonly label: string }) {
    const { data } = await ask(this.transport, 'occupancy', { label });
    return data[0] === 1 ? ({ state: 'filled', label } as const) : ({ state: 'empty' } as const);
  }

  public async burn(...[seed, { label }, nowSeconds]: Parameters<TokenDriver['burn']>): Promise<void> {
    nowSeconds();
    const text = seed.use((bytes) => Buffer.from(bytes).toString('base64'));
    await ask(this.transport, 'burn', { label, seed: text });
  }

  public async code(
    { label }: { readonly label: string },
    counter: number,
    onTouch: () => void,
  ): Promise<string> {
    onTouch();
    const { data, statusWord } = await ask(this.transport, 'code', { label, counter: String(counter) });
    if (statusWord !== 0x9000) {
      throw new TouchError();
    }
    return Buffer.from(data).toString('utf8');
  }

  public async erase({ label }: { readonly label: string }): Promise<void> {
    await ask(this.transport, 'erase', { label });
  }
}

async function ask(transport: Transport, name: keyof typeof INS, body: object) {
  const command = commandApdu({
    name,
    header: [CLA, INS[name], 0, 0],
    body: Buffer.from(JSON.stringify(body)),
    secret: name !== 'info',
  });
  return exchange(transport, command);
}

export const fakeKey: DriverKind = {
  type: 'oath',
  withheldInstructions: new Set(),
  mayBe: () => true,
  probe: async (transport) => {
    const { data, statusWord } = await ask(transport, 'info', {});
    if (statusWord !== 0x9000) {
      return undefined;
    }
    const { serial, isLocked } = JSON.parse(Buffer.from(data).toString('utf8'));
    const info = { serial, model: 'Fake Key' };
    return { driver: new FakeKeyDriver(transport, info, isLocked), info };
  },
};
