// The chat's own words come with the profile, in the language of the page; `strings/*.json` has them.
import type strings from "../strings/en.json";

export type Word = keyof typeof strings;
export type Strings = Readonly<Record<Word, string>>;

/** The chat's own words in one language. */
export class Words {
  readonly #strings: Strings;
  readonly #fixed: Readonly<Record<string, string>>;

  constructor(
    readonly language: string,
    strings: Strings,
    fixed: Readonly<Record<string, string>>,
  ) {
    this.#strings = strings;
    this.#fixed = fixed;
  }

  get(word: Word, values: Readonly<Record<string, string | number>> = {}): string {
    const known: Record<string, string | number> = { ...this.#fixed, ...values };
    return this.#strings[word].replace(/\{(\w+)\}/g, (_, name: string) => String(known[name] ?? ""));
  }
}
