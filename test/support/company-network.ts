/**
 * A company's network in front of a sandbox: the only way to it leads through a proxy, to a server whose certificate is of
 * a private authority. Nobody resolves the server's name but the proxy.
 */
import { createServer as createProxy, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket, type Server as TcpServer } from 'node:net';
import { createServer } from 'node:tls';
import { SERVER } from './private-ca';

/** No resolver knows a name of this domain. */
const HOST = 'gateway.aws.test';

/** A connection through the proxy. */
export interface Tunnel {
  /** The name and port that the proxy was asked for. */
  readonly to: string;
  /** The operations that were called in it; none if the client hung up before that. */
  readonly operations: readonly string[];
}

/** A proxy and the server behind it. */
export class CompanyNetwork {
  public readonly tunnels: Tunnel[] = [];
  readonly #sockets = new Set<Socket>();
  /** The tunnel of each local port from which the proxy reaches the server. */
  readonly #byPort = new Map<number, string[]>();
  readonly #proxy: Server;
  readonly #server: TcpServer;

  private constructor(sandboxPort: number) {
    this.#server = createServer(SERVER, (client) => {
      const operations = this.#byPort.get(client.remotePort ?? 0);
      client.on('data', (bytes) => operations?.push(...operationsIn(bytes.toString('latin1'))));
      this.#join(client, connect(sandboxPort, '127.0.0.1'));
    });
    this.#server.on('tlsClientError', () => undefined);
    this.#proxy = createProxy((_request, response) => response.writeHead(403).end());
    this.#proxy.on('connect', ({ url = '' }, client: Socket) => {
      const operations: string[] = [];
      this.tunnels.push({ to: url, operations });
      const there = connect(portOf(this.#server), '127.0.0.1', () => {
        this.#byPort.set(there.localPort ?? 0, operations);
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        this.#join(client, there);
      });
    });
  }

  /** @param sandbox the URL of the sandbox */
  public static async open(sandbox: string): Promise<CompanyNetwork> {
    const network = new CompanyNetwork(Number(new URL(sandbox).port));
    for (const server of [network.#server, network.#proxy]) {
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
    }
    return network;
  }

  /** The URL of the sandbox in this network. */
  public get endpoint(): string {
    return `https://${HOST}`;
  }

  public get proxyUrl(): string {
    return `http://127.0.0.1:${portOf(this.#proxy)}`;
  }

  public close(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    this.#proxy.close();
    this.#server.close();
  }

  #join(one: Socket, other: Socket): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  }
}

/** Finds operations in the bytes of requests: of the query protocol, and of the JSON protocols. */
function operationsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?:\bAction=|x-amz-target: \w+\.)(\w+)/gi)].map(([, name = '']) => name);
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port;
}
