import { spokenText } from "./markdown";
import { el } from "./views/dom";

const PAUSE_MS = 1000;
const KEPT = 6;

/** Tells a screen reader what happens: whole sentences, not every piece of a stream. */
export class Announcer {
  readonly polite = el("div", { class: "unseen", role: "status" });
  readonly urgent = el("div", { class: "unseen", role: "alert" });
  #waiting: string[] = [];
  #timer = 0;
  #told = 0;

  /** Says something soon, together with what else comes within a second. */
  say(words: string): void {
    if (words.trim() === "") return;
    this.#waiting.push(words.trim());
    this.#timer ||= window.setTimeout(() => this.#flush(), PAUSE_MS);
  }

  /** Says something at once, whatever else is being said. */
  cry(words: string): void {
    this.urgent.replaceChildren(words);
  }

  /** Begins a new reply. */
  begin(): void {
    this.#told = 0;
  }

  /** Says the sentences of a growing reply that are whole and were not said yet; all of them when it is done. */
  follow(markdown: string, done: boolean, language: string): void {
    const text = spokenText(markdown);
    const end = done ? text.length : wholeUpTo(text, language);
    if (end <= this.#told) return;
    this.say(text.slice(this.#told, end));
    this.#told = end;
  }

  #flush(): void {
    this.#timer = 0;
    this.polite.append(el("p", {}, this.#waiting.join(" ")));
    this.#waiting = [];
    while (this.polite.childElementCount > KEPT) this.polite.firstElementChild?.remove();
  }
}

/** Where the last whole sentence ends; the last piece may still grow. */
export function wholeUpTo(text: string, language: string): number {
  let last = 0;
  for (const one of new Intl.Segmenter(language, { granularity: "sentence" }).segment(text)) last = one.index;
  return last;
}
