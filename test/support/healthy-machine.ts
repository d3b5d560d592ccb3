/** A machine on which nothing is in the way of a reader, whatever this one is like. */
import type { MachineFacts } from '../../runbook/files/machine-facts';

export const HEALTHY_MACHINE: MachineFacts = {
  platform: 'linux',
  socketVariable: undefined,
  hasService: true,
  hasCcidDriver: true,
  ccidIds: new Set(),
  modules: [],
  usb: [],
  hasModemManager: false,
};
