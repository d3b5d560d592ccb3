/** Tells a person what to do in the AWS console, in the console's own words. */
import type { Terminal } from '../terminal/terminal';

/** Names the way from the sign-in of a root user to its devices. */
function wayOf(account: string): readonly string[] {
  return [
    `sign in to the AWS console as the root user of ${account}, with its e-mail address`,
    'open the account name at the top right, then Security credentials',
  ];
}

/** Lists the steps that end at the QR code of a new device. */
export function stepsToCode(account: string): readonly string[] {
  return [
    ...wayOf(account),
    'in the section "Multi-factor authentication (MFA)" press "Assign MFA device"',
    'type the device name below into "Device name", choose "Authenticator app", press "Next"',
    'on the page "Set up device" press "Show QR code" and save a picture of it, or press "Show secret key"',
    'leave that page open: it shows the code only once, and takes two codes of the token at the end',
  ];
}

/** Lists the steps that assign a hardware TOTP token by its printed serial. */
export function stepsToPrinted(account: string, serial: string): readonly string[] {
  return [
    ...wayOf(account),
    'in the section "Multi-factor authentication (MFA)" press "Assign MFA device"',
    'type the device name below into "Device name", choose "Hardware TOTP token", press "Next"',
    `type ${serial} into "Serial number", and two codes in a row of the token into "MFA code 1" and "MFA code 2"`,
    'press "Add MFA"',
  ];
}

/** Lists the steps that register a security key of root. */
export function stepsToKey(account: string): readonly string[] {
  return [
    ...wayOf(account),
    'in the section "Multi-factor authentication (MFA)" press "Assign MFA device"',
    'type the device name below into "Device name", choose "Passkey or security key", press "Next"',
    'follow the browser: plug the key in, type its PIN, touch it',
  ];
}

/** Lists the steps that remove a device. */
export function stepsToRemoval(account: string): readonly string[] {
  return [
    ...wayOf(account),
    'in the section "Multi-factor authentication (MFA)" select the device below and press "Remove"',
  ];
}

/** Prints numbered steps, and then the name of the device on a line of its own. */
export function tellConsoleSteps(
  terminal: Pick<Terminal, 'heading' | 'event' | 'note'>,
  steps: readonly string[],
  name: string,
): void {
  terminal.event('console-steps', { steps, name });
  for (const [index, step] of steps.entries()) {
    terminal.heading(`${index + 1}. ${step}`);
  }
  terminal.heading(name);
}

/**
 * Tells how an IAM user's security key is registered, by the user or by an administrator. The name to type is on a line of its own, to be copied.
 *
 * @param name the device name, by which IAM's list tells the key from others
 */
export function tellKeySteps(
  terminal: Pick<Terminal, 'heading' | 'event' | 'note'>,
  { holder, name }: { readonly holder: string; readonly name: string },
): void {
  terminal.heading(
    'register the key in the AWS console, in a browser on the machine that it is plugged into',
  );
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
