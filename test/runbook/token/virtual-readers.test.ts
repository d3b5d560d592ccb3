import { VirtualReaders } from '../../tokens/virtual-readers';
import { describeReaders } from './readers-contract';

const READER = 'Virtual Reader 00 00';

describeReaders('readers in this process', async () => {
  const readers = new VirtualReaders({ names: [READER, 'Virtual Reader 00 01'] });
  return {
    readers,
    reader: READER,
    partOfName: '00 00',
    lay: async (card) => readers.lay(card, READER),
    pull: async () => readers.pull(READER),
    async dispose() {
      readers.pull(READER);
      await readers.close();
    },
  };
});

test('a machine without readers, or without PC/SC, is a fact that can be set', async () => {
  const signal = AbortSignal.timeout(30_000);
  await expect(new VirtualReaders({ names: [] }).card(undefined, signal)).rejects.toMatchObject({
    fault: 'no-reader',
  });
  for (const fault of ['no-module', 'no-service'] as const) {
    const readers = new VirtualReaders({ fault });
    await expect(readers.list()).rejects.toMatchObject({ name: 'ReaderError', fault });
    await expect(readers.card(undefined, signal)).rejects.toMatchObject({ name: 'ReaderError', fault });
  }
});
