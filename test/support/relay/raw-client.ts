import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection to the gateway that sends exactly the bytes it is given. */
export interface RawClient {
  readonly socket: Socket;
  send(text: string | Buffer): void;
  /** Everything received so far, latin1. */
  text(): string;
  /** Waits until what was received matches. */
  sees(pattern: RegExp): Promise<string>;
  /** Waits for the gateway to close the connection, and gives everything received. */
  ends(): Promise<string>;
}

const LIMIT_MS = 10_000;

export async function connectRaw(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  let text = "";
  let isClosed = false;
  socket
    .setEncoding("latin1")
    .on("data", (more: string) => {
      text += more;
    })
    .on("error", () => {})
    .on("close", () => {
      isClosed = true;
    });
  async function until(done: () => boolean, what: string): Promise<string> {
    const deadline = performance.now() + LIMIT_MS;
    while (!done()) {
      if (performance.now() > deadline)
        throw new Error(`${what} did not come; received: ${text.slice(0, 2000)}`);
      await new Promise((wake) => setTimeout(wake, 2));
    }
    return text;
  }
  return {
    socket,
    send: (bytes) => void socket.write(bytes, "latin1"),
    text: () => text,
    sees: (pattern) => until(() => pattern.test(text), String(pattern)),
    ends: () => until(() => isClosed, "the end of the connection"),
  };
}

/** Sends one request and gives the whole answer; the connection is closed behind it. */
export async function askRaw(url: string, bytes: string): Promise<string> {
  const client = await connectRaw(url);
  client.send(bytes);
  await client.sees(/\r\n\r\n/);
  const head = client.text();
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? Number.NaN);
  const whole = Number.isNaN(length)
    ? /\r\n0\r\n(?:[^\r\n]+\r\n)*\r\n$|^HTTP\/1\.1 (?:1\d\d|204|304)/
    : new RegExp(`\\r\\n\\r\\n[\\s\\S]{${/^HTTP\/1\.1 (?:204|304)/.test(head) ? 0 : length},}$`);
  const answer = await client.sees(whole);
  client.socket.destroy();
  return answer;
}
