/** The way through AWS's console to register a FIDO2 security key, in the console's own words. */
import type { Ports } from '../ceremony/ports';

/**
 * Tells a person how to register the key. The name to type is on a line of its own, to be copied.
 *
 * @param name the device name, by which IAM's list tells the key from others
 */
export function tellKeySteps(
  { terminal }: Pick<Ports, 'terminal'>,
  { holder, name }: { readonly holder: string; readonly name: string },
): void {
  terminal.heading(`register the key in AWS's console, in a browser on the machine that it is plugged into`);
  terminal.note(
    `1. ${holder} signs in: user name (top right) > Security credentials > AWS IAM credentials > Multi-factor authentication (MFA) > Assign MFA device`,
  );
  terminal.note(`   or an administrator: IAM > Users > ${holder} > Security credentials > Assign MFA device`);
  terminal.note('2. Device name, exactly as on the next line:');
  terminal.heading(name);
  terminal.note('3. Passkey or security key > Next');
  terminal.note(
    '4. in the dialog of the browser take the security key, not this device, a phone or a password manager, and touch it',
  );
  terminal.event('to-register', { holder, name });
}
