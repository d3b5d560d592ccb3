/** Facts of this machine that decide whether a reader can be used. */

/** A USB device that looks like a card reader, or that a reader is known as. */
export interface UsbDevice {
  /** Vendor and product as four hexadecimal digits each: `072f:2200`. */
  readonly id: string;
  readonly product: string;
  /** The kernel drivers that hold its interfaces. */
  readonly drivers: readonly string[];
  /** An interface of the class of smart card readers (CCID). */
  readonly isCcid: boolean;
  /** The user that pcscd runs as may open it; `undefined` if nobody can tell. */
  readonly isOpenToService: boolean | undefined;
}

export interface MachineFacts {
  /** Node's name of it, such as `linux`. */
  readonly platform: string;
  /** `PCSCLITE_CSOCK_NAME`, if it is set. */
  readonly socketVariable: string | undefined;
  /** `pcscd` is installed. */
  readonly hasService: boolean;
  /** The bundle of the CCID driver is installed. */
  readonly hasCcidDriver: boolean;
  /** The USB ids that the CCID driver lists; empty if it is not installed. */
  readonly ccidIds: ReadonlySet<string>;
  readonly modules: readonly string[];
  readonly usb: readonly UsbDevice[];
  /** ModemManager is running. */
  readonly hasModemManager: boolean;
}
