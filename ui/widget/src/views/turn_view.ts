import type { Turn } from "../conversation";
import { render, type Reading } from "../markdown";
import type { Profile } from "../protocol";
import type { Words } from "../words";
import { el, icon } from "./dom";
import { ratingView } from "./rating";
import { sourcesView } from "./sources";

export interface TurnActions {
  say(text: string): void;
  retry(): void;
  rate(turn: string, helpful: boolean, reason: string | null): Promise<void>;
}

// In an approved safety text, three or more digits are a number to call.
const EMERGENCY = /(?<![\w+])(?:\+\d[\d ]{5,16}\d|\d{3,6})(?![\w])/;

/** One thing that was said. */
export class TurnView {
  readonly element: HTMLLIElement;

  readonly #turn: Turn;
  readonly #words: Words;
  readonly #profile: Profile;
  readonly #reading: Reading;
  readonly #actions: TurnActions;

  constructor(
    turn: Turn,
    words: Words,
    profile: Profile,
    reading: Reading,
    actions: TurnActions,
  ) {
    this.#turn = turn;
    this.#words = words;
    this.#profile = profile;
    this.#reading = reading;
    this.#actions = actions;
    this.element = el("li", { class: `turn ${turn.role}` });
    this.update(false);
  }

  /** Shows the turn as it is now. */
  update(newest: boolean): void {
    const [turn, words] = [this.#turn, this.#words];
    const safety = turn.kind === "safety";
    this.element.classList.toggle("safety", safety);
    this.element.classList.toggle("failed", turn.state === "failed");
    const said = turn.role === "customer" ? new Text(turn.text) : render(turn.text, safety ? { ...this.#reading, numbers: EMERGENCY } : this.#reading);
    const body = el("div", { class: "said", dir: "auto", lang: turn.language }, said);
    const who = el("span", { class: turn.role === "agent" ? "who" : "unseen" }, this.#speaker(), el("span", { class: "unseen" }, ": "));
    const head = safety && el("p", { class: "head" }, icon("alert"), words.get("safety"));
    this.element.replaceChildren(el("div", { class: "bubble" }, who, head, body));
    if (turn.state !== "growing") this.element.append(...this.#extras(newest));
  }

  #speaker(): string {
    const [turn, words, profile] = [this.#turn, this.#words, this.#profile];
    if (turn.role === "customer") return words.get("you");
    return turn.role === "agent" ? (turn.agent ?? words.get("colleague")) : profile.assistant_name;
  }

  #extras(newest: boolean): HTMLElement[] {
    const [turn, words, actions] = [this.#turn, this.#words, this.#actions];
    const made: HTMLElement[] = [];
    if (turn.citations.length > 0) made.push(sourcesView(turn.citations, words, this.#reading));
    if (newest && turn.choices.length > 0) made.push(this.#choices());
    if (turn.id !== null && (turn.kind === "answer" || turn.kind === "decline")) {
      const id = turn.id;
      made.push(ratingView(words, (helpful, reason) => actions.rate(id, helpful, reason)));
    }
    if (turn.state === "failed") {
      const retry = el("button", { type: "button", class: "choice small", click: () => actions.retry() }, words.get("retry"));
      made.push(el("p", { class: "unsent" }, words.get("notSent"), " ", retry));
    }
    return made;
  }

  #choices(): HTMLElement {
    const say = (text: string) => () => this.#actions.say(text);
    return el(
      "div",
      { class: "choices", role: "group", "aria-label": this.#words.get("choose") },
      ...this.#turn.choices.map((one) => el("button", { type: "button", class: "choice", dir: "auto", click: say(one) }, one)),
    );
  }
}
