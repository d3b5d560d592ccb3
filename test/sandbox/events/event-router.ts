/**
 * EventBridge: delivers events through the deployed rules of a bus to their targets (buses, topics, functions), one
 * after the other, with the permissions that the rule's role or the target's policy gives. An event that cannot be
 * delivered is recorded, not retried.
 */

import { isList, isObject, toText } from '../cloudformation/json';
import { busNameOf, defaultBus, patternOf, ruleType } from '../cloudformation/resources/events';
import { AwsError, type JsonObject } from '../operation';
import type { State } from '../state';
import type { StoredResource } from '../stored-resources';
import type { CloudEvent } from './cloud-trail';
import { parseEventPattern } from './event-pattern';
import type { Functions } from './functions';
import { inputFor } from './input';
import { assumeForService, requireAccess, type ServiceCall } from './service-access';
import { keyOf, publisherActions, topicAt, topicPolicies } from './topics';

const readOnly = /^(Get|List|Describe)/;

/** An event that matched a rule, on its way to one of the rule's targets. */
interface Delivery {
  readonly event: CloudEvent;
  readonly rule: StoredResource;
  readonly target: JsonObject;
  /** The target's ARN. */
  readonly to: string;
}

export class EventRouter {
  readonly #state: State;
  readonly #functions: Functions;
  #pending: Promise<void> = Promise.resolve();

  public constructor(state: State, functions: Functions) {
    this.#state = state;
    this.#functions = functions;
  }

  /** Tells whether there is any rule; without one, no event needs to be made. */
  public get hasRules(): boolean {
    return this.#state.stored.ofType(ruleType).length > 0;
  }

  /** Puts an event on the default bus of its Region and delivers it in the background. */
  public put(event: CloudEvent): void {
    this.#pending = this.#pending.then(() => this.#route(event, toText(event.region) ?? '', defaultBus));
    // Reported by `delivered`
    this.#pending.catch(() => undefined);
  }

  /** Delivers an event to the targets of every rule with this schedule, in the background. */
  public runSchedules(expression: string, eventOf: (region: string, rule: string) => CloudEvent): void {
    const rules = this.#state.stored
      .ofType(ruleType)
      .filter(({ properties }) => properties.ScheduleExpression === expression);
    for (const rule of rules) {
      const event = eventOf(rule.region, toText(rule.attributes.Arn) ?? '');
      this.#pending = this.#pending.then(() => this.#deliverAll(event, rule));
    }
    this.#pending.catch(() => undefined);
  }

  /** Resolves when everything has been delivered. @throws the error of a defect in the sandbox */
  public async settled(): Promise<void> {
    let last: Promise<void> | undefined;
    while (last !== this.#pending) {
      last = this.#pending;
      await last;
    }
  }

  async #route(event: CloudEvent, region: string, bus: string): Promise<void> {
    const rules = this.#state.stored
      .ofType(ruleType)
      .filter((rule) => rule.region === region && busNameOf(rule.properties.EventBusName) === bus);
    for (const rule of rules.filter(({ properties }) => isMet(properties, event))) {
      await this.#deliverAll(event, rule);
    }
  }

  async #deliverAll(event: CloudEvent, rule: StoredResource): Promise<void> {
    const targets = isList(rule.properties.Targets) ? rule.properties.Targets.filter(isObject) : [];
    for (const target of targets) {
      await this.#deliver({ event, rule, target, to: toText(target.Arn) ?? '' });
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { rule, to } = delivery;
    try {
      const [, , service] = to.split(':');
      if (service === 'events') {
        await this.#forward(delivery);
      } else if (service === 'sns') {
        await this.#publish(delivery);
      } else if (service === 'lambda') {
        await this.#invoke(delivery);
      } else {
        throw new AwsError('ValidationError', 400, `the sandbox delivers nothing to ${service}`);
      }
    } catch (error) {
      if (!(error instanceof AwsError)) {
        throw error;
      }
      this.#state.outbox.fail({ from: toText(rule.attributes.Arn) ?? '', to, reason: error.message });
    }
  }

  async #forward({ event, rule, target, to }: Delivery): Promise<void> {
    const call = callOf(rule);
    const role = await this.#roleOf(target, call);
    // A bus of the same account needs no policy, but the rule needs a role
    await requireAccess(this.#state, call, role, { action: 'events:PutEvents', resource: to }, []);
    const [, , , region = ''] = to.split(':');
    const name = busNameOf(to);
    const { stored } = this.#state;
    if (!stored.find('AWS::Events::EventBus', region, name)) {
      throw new AwsError('NotFound', 404, `Event bus ${name} does not exist in ${region}`);
    }
    await this.#route(event, region, name);
  }

  async #publish({ event, rule, target, to }: Delivery): Promise<void> {
    const state = this.#state;
    const call = callOf(rule);
    const role = await this.#roleOf(target, call);
    const topic = topicAt(state, to);
    await requireAccess(state, call, role, { action: 'sns:Publish', resource: to }, topicPolicies(state, to));
    const key = keyOf(state, topic);
    for (const action of key ? publisherActions : []) {
      const permission = { action, resource: key?.arn ?? '', trustPolicy: key?.policy ?? '' };
      await requireAccess(state, call, role, permission, [permission.trustPolicy]);
    }
    state.outbox.publish({ topicArn: to, message: inputFor(target, event), at: state.settings.clock.now() });
  }

  async #invoke({ event, rule, target, to }: Delivery): Promise<void> {
    const call = callOf(rule);
    const permissions = this.#functions.policyOf(to);
    await requireAccess(this.#state, call, undefined, { action: 'lambda:InvokeFunction', resource: to }, [
      permissions,
    ]);
    await this.#functions.invoke(to, JSON.parse(inputFor(target, event)) as JsonObject);
  }

  async #roleOf({ RoleArn }: JsonObject, call: ServiceCall) {
    const arn = toText(RoleArn);
    return arn === undefined ? undefined : assumeForService(this.#state, call, arn);
  }
}

function callOf(rule: StoredResource): ServiceCall {
  return {
    service: 'events.amazonaws.com',
    source: toText(rule.attributes.Arn) ?? '',
    region: rule.region,
  };
}

/** Events of calls that only read go to the rules that ask for them. */
function isMet(rule: JsonObject, event: CloudEvent): boolean {
  const state = toText(rule.State) ?? 'ENABLED';
  if (state === 'DISABLED') {
    return false;
  }
  const { detail } = event;
  const name = isObject(detail) ? (toText(detail.eventName) ?? '') : '';
  const isRead = event['detail-type'] === 'AWS API Call via CloudTrail' && readOnly.test(name);
  if (isRead && state !== 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS') {
    return false;
  }
  const pattern = patternOf(rule);
  return pattern !== undefined && parseEventPattern(pattern)(event);
}
