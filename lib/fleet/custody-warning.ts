/** Warns of tokens of one owner that are kept in one place: whoever has the place, or loses it, has or loses both. */
import { Annotations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { rootHolder } from '../record/names';
import type { FleetRecord } from '../record/record';
import { quote } from '../record/rules';

/** Adds a warning for each owner of whose tokens two have the same custody, as people read it. */
export function warnOfSharedCustody(scope: IConstruct, { holders, roots }: FleetRecord): void {
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
