/** The places on physical tokens: a token has one, or one for each of its profiles. A place holds one seed. */

/** A place on a physical token: the token itself, or one profile of a multi-profile token. */
export interface Place {
  /** The serial printed on the token. */
  readonly serial: string;
  /** Profile of a `molto2` token, 0–99. */
  readonly profile?: number;
}

/** Returns the place of a token, without its type and custody. */
export function placeOf({ serial, profile }: Place): Place {
  return profile === undefined ? { serial } : { serial, profile };
}

/** Formats `SERIAL`, or `SERIAL+07` with the two digits of a profile. No serial has a plus sign. */
export function formatPlace({ serial, profile }: Place): string {
  return profile === undefined ? serial : `${serial}+${String(profile).padStart(2, '0')}`;
}

/** Parses what formatPlace writes, without judging the serial; `undefined` if the text has another form. */
export function parsePlace(text: string): Place | undefined {
  const [, serial, profile] = /^([^+]+)(?:\+(\d{2}))?$/.exec(text) ?? [];
  if (serial === undefined) {
    return undefined;
  }
  return profile === undefined ? { serial } : { serial, profile: Number(profile) };
}

/** Tells whether two places are one: a serial with a profile is another place than the serial alone. */
export function isSamePlace(one: Place, other: Place): boolean {
  return one.serial === other.serial && one.profile === other.profile;
}
