import type { Profile } from "./protocol";

/** Where links in a reply may lead: the brand's own addresses, telephone numbers and mailboxes. */
export class Links {
  readonly #allowed: readonly URL[];
  readonly #phones: ReadonlyMap<string, string>;
  readonly #mailboxes: ReadonlySet<string>;
  /** Finds the brand's numbers and mailboxes in plain text. */
  readonly spoken: RegExp | null;

  constructor(profile: Profile) {
    const contacts = Object.values(profile.contacts);
    this.#allowed = profile.allowed_links.flatMap((one) => parsed(one) ?? []);
    this.#phones = new Map(contacts.map((one) => [dialled(one.phone), one.phone]));
    this.#mailboxes = new Set(contacts.map((one) => one.email.toLowerCase()));
    const words = contacts.flatMap((one) => [one.phone, one.email]).sort((one, two) => two.length - one.length);
    this.spoken = words.length > 0 ? new RegExp(`(?<![\\w+])(?:${words.map(escaped).join("|")})(?!\\w)`, "gi") : null;
  }

  /** The address a link may use; null where it may lead nowhere. */
  allow(address: string): string | null {
    const url = parsed(address);
    if (url === null || url.username !== "" || url.password !== "") return null;
    if (url.protocol === "tel:") return this.#phones.has(dialled(url.pathname)) ? `tel:${dialled(url.pathname)}` : null;
    if (url.protocol === "mailto:") {
      return this.#mailboxes.has(decoded(url.pathname).toLowerCase()) ? `mailto:${url.pathname}` : null;
    }
    if (url.protocol !== "https:" && url.protocol !== "http:") return null;
    const held = this.#allowed.some((one) => one.origin === url.origin && within(url.pathname, one.pathname));
    return held ? url.href : null;
  }
}

/** The `tel:` address of a number. */
export function telephone(number: string): string {
  return `tel:${dialled(number)}`;
}

function dialled(number: string): string {
  return number.replace(/[^\d+]/g, "");
}

function within(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function parsed(address: string): URL | null {
  // No base: an address without a scheme leads nowhere.
  return /^[a-z][a-z0-9+.-]*:/i.test(address) && URL.canParse(address) ? new URL(address) : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A text as a regular expression that finds it. */
function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
