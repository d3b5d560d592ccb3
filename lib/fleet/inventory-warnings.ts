/** Warns of an inventory that is valid but probably not what somebody meant. */
import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { rootHolder } from '../record/names';
import type { FleetRecord } from '../record/record';
import { quote } from '../record/rules';
import { isOfKnownModel } from '../record/written-serial';

/** Adds the warnings of a fleet. Each has an id of its own, so that one can be acknowledged without the others. */
export function warnOfInventory(scope: IConstruct, record: FleetRecord): void {
  warnOfSharedCustody(scope, record);
  warnOfUnknownModels(scope, record);
}

/** Adds a warning for each owner whose tokens share a custody, as people read it: one fire or one thief takes them all. */
function warnOfSharedCustody(scope: IConstruct, { holders, roots }: FleetRecord): void {
  const owners = [...holders, ...roots.map(({ account, tokens }) => ({ name: rootHolder(account), tokens }))];
  for (const { name, tokens } of owners) {
    const slotsOf = new Map<string, string[]>();
    for (const { slot, custody } of tokens) {
      if (custody !== undefined) {
        const place = custody.toLowerCase().replace(/[\s,.;-]+/g, ' ');
        slotsOf.set(place, [...(slotsOf.get(place) ?? []), slot]);
      }
    }
    for (const slots of [...slotsOf.values()].filter(({ length }) => length > 1)) {
      const custody = tokens.find(({ slot }) => slot === slots[0])?.custody ?? '';
      Annotations.of(scope).addWarningV2(
        `cdk-mfa-guardrails:SharedCustody[${name}]`,
        `the tokens ${slots.join(' and ')} of ${quote(name)} are kept together in ${quote(custody)}: one fire, theft or locked door ` +
          'takes all of them; keep one elsewhere, or acknowledge this warning',
      );
    }
  }
}

/** Adds a warning for each serial that belongs to no known model: it is mistyped, or the runbook will refuse the token. */
function warnOfUnknownModels(scope: IConstruct, { holders, roots, spares }: FleetRecord): void {
  const tokens = [...[...holders, ...roots].flatMap((owner) => owner.tokens), ...spares];
  const unknown = tokens.filter(({ type, serial }) => !isOfKnownModel(type, serial));
  for (const [serial, type] of new Map(unknown.map((token) => [token.serial, token.type]))) {
    Annotations.of(scope).addWarningV2(
      `cdk-mfa-guardrails:UnknownModel[${serial}]`,
      `${quote(serial)} is not the serial of a known model of type ${type}: the runbook would refuse the token; compare it with the serial ` +
        'printed on the token, and the model with those in docs/tokens.md of the repository, or acknowledge this warning',
    );
  }
}
