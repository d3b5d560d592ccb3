/** Messages published to topics, and events that could not be delivered. */

interface Message {
  readonly topicArn: string;
  readonly message: string;
  readonly subject?: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** An event that matched a rule but did not reach its target, or a function that failed. */
interface Undelivered {
  /** The ARN of the rule or the function. */
  readonly from: string;
  /** The ARN of the target. */
  readonly to: string;
  readonly reason: string;
}

export class Outbox {
  readonly #messages: Message[] = [];
  readonly #undelivered: Undelivered[] = [];

  /** Oldest first. */
  public get messages(): readonly Message[] {
    return this.#messages;
  }

  public get undelivered(): readonly Undelivered[] {
    return this.#undelivered;
  }

  public publish(message: Message): void {
    this.#messages.push(message);
  }

  public fail(failure: Undelivered): void {
    this.#undelivered.push(failure);
  }
}
