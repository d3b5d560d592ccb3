import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { DataOutput } from '../../../runbook/terminal/data-output';

test('output that was lost is told once, and nothing is written after it', async () => {
  const written: string[] = [];
  const told: unknown[] = [];
  const broken = Object.assign(new Error('EIO'), { code: 'EIO' });
  // No file, wherever the output of the tests goes.
  const fd = openSync(devNull, 'w');
  const output = new DataOutput(
    {
      fd,
      write: (text, done) => {
        written.push(text);
        setImmediate(done, text === 'two' ? broken : null);
      },
    },
    (error) => told.push(error),
  );
  output.write('one');
  expect(await output.end()).toBeUndefined();
  output.write('two');
  expect(await output.end()).toBe(broken);
  output.write('three');
  expect(told).toEqual([broken]);
  expect(written.filter(Boolean)).toEqual(['one', 'two']);
  closeSync(fd);
});
