/** A message that has no reply yet; kept so that a reload neither loses nor doubles it. */
export interface Pending {
  readonly text: string;
  readonly key: string;
  /** The last reply that was known when it was sent. */
  readonly after: string | null;
}

interface Kept {
  token?: string | null;
  expires?: number;
  open?: boolean;
  pending?: Pending | null;
}

/** What one tab remembers, in its session storage: the token, whether the panel is open, the message under way. */
export class Memory {
  #kept: Kept = {};

  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    try {
      this.#kept = JSON.parse(sessionStorage.getItem(name) ?? "{}") as Kept;
    } catch {
      // Storage is blocked or holds something else: the conversation then lasts as long as the page.
    }
  }

  get token(): string | null {
    return (this.#kept.expires ?? 0) > Date.now() ? (this.#kept.token ?? null) : null;
  }

  get open(): boolean | undefined {
    return this.#kept.open;
  }

  get pending(): Pending | null {
    return this.#kept.pending ?? null;
  }

  keep(change: Kept): void {
    Object.assign(this.#kept, change);
    try {
      sessionStorage.setItem(this.#name, JSON.stringify(this.#kept));
    } catch {
      // As above.
    }
  }

  forget(): void {
    this.keep({ token: null, expires: 0, pending: null });
  }
}
