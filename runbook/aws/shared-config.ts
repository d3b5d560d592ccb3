/** Reads texts of the shared files as the SDK reads the files themselves. */
import { loadSdk } from './connect';

/** Tells apart the texts of readings at the same time. */
let readings = 0;

/** Reads one profile of both files, as the SDK will; `undefined` if it does not find it. */
export async function profileOfSdk(
  files: { readonly config: string; readonly credentials: string },
  profile: string,
): Promise<Readonly<Record<string, string | undefined>> | undefined> {
  const { externalDataInterceptor, parseKnownFiles } = loadSdk();
  const name = `/text ${readings++}`;
  const [configFilepath, filepath] = [`${name} of config`, `${name} of credentials`];
  externalDataInterceptor.interceptFile(configFilepath, files.config);
  externalDataInterceptor.interceptFile(filepath, files.credentials);
  try {
    return (await parseKnownFiles({ configFilepath, filepath }))[profile];
  } finally {
    const texts = externalDataInterceptor.getFileRecord();
    delete texts[configFilepath];
    delete texts[filepath];
  }
}
