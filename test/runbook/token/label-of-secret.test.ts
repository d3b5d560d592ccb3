import { labelOfSecret } from '../../../runbook/token/label';

test.each<[string, Parameters<typeof labelOfSecret>, string]>([
  ['issuer and name', ['oath', { issuer: 'GitHub', label: 'alice' }], 'GitHub:alice'],
  ['a name that has its issuer', ['oath', { issuer: 'GitHub', label: 'GitHub:alice' }], 'GitHub:alice'],
  ['a name alone', ['oath', { issuer: '', label: 'alice' }], 'alice'],
  ['nothing', ['oath', { issuer: '', label: '' }], 'secret'],
  ['a title of twelve characters', ['molto2', { issuer: 'Amazon Web Services', label: 'x' }], 'Amazon Web S'],
  ['a title of a name', ['molto2', { issuer: '', label: 'alice' }], 'alice'],
  ['a title without other scripts', ['molto2', { issuer: 'é漢', label: 'alice' }], 'secret'],
])('is %s', (_, given, label) => {
  expect(labelOfSecret(...given)).toBe(label);
});

test('is cut at a whole character, and two that begin alike stay apart', () => {
  const [one, other] = ['a', 'b'].map((end) =>
    labelOfSecret('oath', { issuer: '漢'.repeat(30), label: end }),
  );
  expect(Buffer.byteLength(one ?? '')).toBeLessThanOrEqual(64);
  expect(one).not.toContain('\ufffd');
  expect(one).not.toBe(other);
});
