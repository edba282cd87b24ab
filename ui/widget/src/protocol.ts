// What goes over the wire, as docs/how-to/api.md tells it.
import type { Strings } from "./words";

export type Kind = "answer" | "clarify" | "decline" | "safety" | "handoff";

export interface Citation {
  readonly document: string;
  readonly title: string;
  readonly heading: string;
  readonly page: number | null;
  readonly quote: string;
  readonly passage: string;
}

export interface Reply {
  readonly kind: Kind;
  readonly text: string;
  readonly language: string | null;
  readonly citations: readonly Citation[];
  readonly choices: readonly string[];
  readonly turn: string | null;
}

export interface StoredTurn {
  readonly turn: string;
  readonly role: "customer" | "bot" | "agent";
  readonly text: string;
  readonly kind: Kind | null;
  readonly citations: readonly Citation[];
  readonly language: string | null;
  readonly choices: readonly string[];
  readonly agent?: string | null;
}

/** Who answers, once a person was asked for. */
export interface Handoff {
  readonly state: "waiting" | "joined" | "closed" | "contact";
  readonly agent?: string | null;
}

export interface Conversation {
  readonly turns: readonly StoredTurn[];
  readonly handoff: Handoff | null;
}

/** What proves that a conversation was erased. */
export interface ErasureReceipt {
  readonly clean: boolean;
  readonly searched: readonly string[];
}

export interface Contact {
  readonly phone: string;
  readonly email: string;
  readonly url: string;
  readonly hours: string;
}

export type Colours = Readonly<Record<string, string>>;

export interface Profile {
  readonly id: string;
  readonly name: string;
  readonly assistant_name: string;
  readonly notice: string;
  readonly greeting: Readonly<Record<string, string>>;
  readonly default_language: string;
  readonly languages: readonly string[];
  readonly markets: readonly string[];
  readonly models: readonly { id: string; name: string; aliases: readonly string[] }[];
  readonly light: Colours;
  readonly dark: Colours;
  readonly contacts: Readonly<Record<string, Contact>>;
  readonly allowed_links: readonly string[];
  readonly message_limit_characters: number;
  /** Language of `words` and `notice`. */
  readonly language: string;
  readonly words: Strings;
}

export interface Session {
  readonly token: string;
  readonly expires_in_seconds: number;
}
