/** Keeps everybody who waits for a card on one reader, until it comes, the wait is aborted or the reader fails. */
import type { Card } from './readers';

interface Waiter {
  readonly resolve: (card: Card) => void;
  readonly reject: (error: Error) => void;
}

export class CardWaiters {
  readonly #waiters = new Set<Waiter>();

  public get count(): number {
    return this.#waiters.size;
  }

  /** Waits for a card. @throws the reason of the signal, or the failure of the reader */
  public wait(signal: AbortSignal): Promise<Card> {
    return new Promise<Card>((resolve, reject) => {
      const settled = () => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', aborted);
      };
      function aborted() {
        return waiter.reject(signal.reason);
      }
      const waiter: Waiter = {
        resolve: (card) => {
          settled();
          resolve(card);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', aborted);
    });
  }

  /** Hands the card to everybody who waits. */
  public hand(card: Card): void {
    for (const waiter of this.#waiters) {
      waiter.resolve(card);
    }
  }

  /** Ends every wait with an error. */
  public fail(error: Error): void {
    for (const waiter of this.#waiters) {
      waiter.reject(error);
    }
  }
}
