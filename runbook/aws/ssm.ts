/** SSM calls that read the record, and read and write evidence. */
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { RecordParameter } from '../../lib/record/pages';
import { AwsFault } from './aws';
import type { Sdk } from './session';

export class ParameterStore {
  public constructor(
    private readonly sdk: Sdk['ssm'],
    private readonly client: SSMClient,
  ) {}

  /** Reads every parameter below a path. A page may be empty and still have a successor. */
  public async below(path: string): Promise<readonly RecordParameter[]> {
    const found: RecordParameter[] = [];
    const pages = this.sdk.paginateGetParametersByPath(
      { client: this.client, pageSize: 10 },
      { Path: path, Recursive: true },
    );
    for await (const page of pages) {
      for (const { Name: name, Value: value } of page.Parameters ?? []) {
        if (name !== undefined && value !== undefined) {
          found.push({ name, value });
        }
      }
    }
    return found;
  }

  /** Reads a parameter's value; `undefined` if the parameter does not exist. */
  public async get(name: string): Promise<string | undefined> {
    try {
      const { Parameter } = await this.client.send(new this.sdk.GetParameterCommand({ Name: name }));
      return Parameter?.Value;
    } catch (error) {
      if (error instanceof AwsFault && error.code === 'ParameterNotFound') {
        return undefined;
      }
      throw error;
    }
  }

  /** Writes a String parameter, and overwrites an existing one. */
  public async put(name: string, value: string): Promise<void> {
    await this.client.send(
      new this.sdk.PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: true }),
    );
  }
}
