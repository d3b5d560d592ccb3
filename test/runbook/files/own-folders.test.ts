import { homeFolder, ownFolders } from '../../../runbook/files/own-folders';

test.each([
  [{ HOME: '/h' }, '/h/.local/state/mfa-runbook', '/h/.cache/mfa-runbook'],
  [{ HOME: '/h', XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '/c/' }, '/s/mfa-runbook', '/c/mfa-runbook'],
  [
    { HOME: '/h', XDG_STATE_HOME: 's', XDG_CACHE_HOME: './c' },
    '/h/.local/state/mfa-runbook',
    '/h/.cache/mfa-runbook',
  ],
  [
    { HOME: '/h', XDG_STATE_HOME: '', XDG_CACHE_HOME: '~/c' },
    '/h/.local/state/mfa-runbook',
    '/h/.cache/mfa-runbook',
  ],
  [{}, '/passwd/.local/state/mfa-runbook', '/passwd/.cache/mfa-runbook'],
  [{ HOME: '' }, '/passwd/.local/state/mfa-runbook', '/passwd/.cache/mfa-runbook'],
  [{ HOME: 'h' }, '/passwd/.local/state/mfa-runbook', '/passwd/.cache/mfa-runbook'],
])('with %j the folders are %s and %s', (env, stateFolder, cacheFolder) => {
  expect(ownFolders(env, () => '/passwd')).toEqual({ stateFolder, cacheFolder });
});

test('the home of the system is asked for only where the environment has none', () => {
  function nobody(): string {
    throw new Error('no such user');
  }
  expect(ownFolders({ XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '/c' }, nobody)).toMatchObject({
    stateFolder: '/s/mfa-runbook',
  });
  expect(homeFolder({ HOME: '/h' }, nobody)).toBe('/h');
  expect(homeFolder({})).toMatch(/^\//);
});
