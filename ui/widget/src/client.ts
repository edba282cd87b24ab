import type { Conversation, ErasureReceipt, Handoff, Profile, Session } from "./protocol";
import type { Settings, VehicleHint } from "./settings";

/** The server refused; what it says is an RFC 9457 problem document. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    readonly retryAfterMs: number | null,
  ) {
    super(kind);
  }
}

export interface Message {
  readonly text: string;
  readonly vehicle: VehicleHint;
  readonly language: string;
}

/** Speaks to the HTTP interface; throws `Problem` where it refuses and `TypeError` where it cannot be reached. */
export class Client {
  token: string | null = null;

  constructor(private readonly settings: Settings) {}

  /** Read before there is a token. */
  async profile(): Promise<Profile> {
    const { key, brand, language } = this.settings;
    const asked = new URLSearchParams({ ...(key ? { key } : { brand: brand ?? "" }), language });
    return (await this.#ask("GET", `widget/profile?${asked}`)).json() as Promise<Profile>;
  }

  async begin(): Promise<Session> {
    const { key, brand } = this.settings;
    const response = await this.#ask("POST", "v1/sessions", key ? { key } : { brand });
    const session = (await response.json()) as Session;
    this.token = session.token;
    return session;
  }

  async conversation(): Promise<Conversation> {
    return (await this.#ask("GET", "v1/conversation")).json() as Promise<Conversation>;
  }

  /** Sends a message; the same key twice is one message, and `lastEvent` resumes its reply. */
  async send(message: Message, idempotencyKey: string, lastEvent: string | null): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#ask("POST", "v1/messages", message, {
      Accept: "text/event-stream",
      "Idempotency-Key": idempotencyKey,
      ...(lastEvent && { "Last-Event-ID": lastEvent }),
    });
    if (response.body === null) throw new TypeError("no body");
    return response.body;
  }

  async feedback(turn: string, helpful: boolean, reason: string | null): Promise<void> {
    await this.#ask("POST", "v1/feedback", { turn, helpful, reason });
  }

  async handoff(): Promise<Handoff> {
    return (await this.#ask("POST", "v1/handoff", {})).json() as Promise<Handoff>;
  }

  async erase(): Promise<ErasureReceipt> {
    return (await this.#ask("DELETE", "v1/conversation")).json() as Promise<ErasureReceipt>;
  }

  async #ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const response = await fetch(this.settings.base + path, {
      method,
      headers: {
        ...(this.token && { Authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      credentials: "omit",
      referrerPolicy: "strict-origin",
      cache: this.token ? "no-store" : "default",
    });
    if (response.ok) return response;
    throw await problemOf(response);
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const told = (await response.json().catch(() => ({}))) as { type?: unknown };
  const seconds = Number(response.headers.get("Retry-After"));
  return new Problem(response.status, kindOf(told), seconds > 0 ? seconds * 1000 : null);
}

/** The last word of a problem's type. */
export function kindOf(told: { type?: unknown }): string {
  return String(told.type).split(":").pop() ?? "";
}
