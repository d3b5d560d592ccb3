/** Makes the software tokens of `npm run virtual-token`, by the type that the inventory has for them. */
import { type Operated, operateMolto2, operateOath, operateSingle } from './console';
import { VirtualMolto2 } from './token2-molto2';
import { VirtualToken2Single } from './token2-single';
import { VirtualYkOath } from './ykoath';

/** The password or customer key of a token that starts locked. It is public, as such a token guards nothing. */
export const LOCK_SECRET = 'virtual';

/** The settings of one token. */
interface TokenOptions {
  readonly serial: string;
  readonly clockOffsetSeconds: number;
  /** It does nothing before `LOCK_SECRET` is entered. */
  readonly isLocked: boolean;
}

/** One kind of token: its serial unless another is given, and the way to make it. */
interface Kind {
  readonly serial: string;
  readonly hasLock: boolean;
  make(options: TokenOptions): Operated;
}

export const KINDS: Readonly<Record<string, Kind>> = {
  programmable: {
    serial: '86596220000001',
    hasLock: false,
    make: ({ serial, clockOffsetSeconds }) => {
      const token = new VirtualToken2Single({ serial, clockOffsetSeconds, clock: Date.now });
      token.press();
      return operateSingle(token);
    },
  },
  molto2: {
    serial: '826658719844499',
    hasLock: true,
    make: ({ serial, clockOffsetSeconds, isLocked }) => {
      const changed = isLocked ? { customerKey: Buffer.from(LOCK_SECRET, 'ascii') } : {};
      return operateMolto2(new VirtualMolto2({ serial, clockOffsetSeconds, clock: Date.now, ...changed }));
    },
  },
  oath: {
    serial: '12345678',
    hasLock: true,
    make: ({ serial, isLocked }) =>
      operateOath(
        new VirtualYkOath({ serial: Number(serial), ...(isLocked ? { password: LOCK_SECRET } : {}) }),
      ),
  },
};
