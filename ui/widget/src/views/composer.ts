import type { Words } from "../words";
import { el, icon } from "./dom";

/** Where the customer writes. */
export class Composer {
  readonly element: HTMLFormElement;
  readonly input: HTMLTextAreaElement;
  readonly #count = el("p", { class: "count", id: "count", role: "status" });
  readonly #button: HTMLButtonElement;

  readonly #words: Words;
  readonly #limit: number;
  readonly #act: { say(text: string): boolean; begin(): void };

  constructor(
    words: Words,
    limit: number,
    act: { say(text: string): boolean; begin(): void },
  ) {
    this.#words = words;
    this.#limit = limit;
    this.#act = act;
    this.input = el("textarea", {
      rows: 1,
      dir: "auto",
      "aria-label": words.get("write"),
      "aria-describedby": "count",
      placeholder: words.get("placeholder"),
      autocomplete: "off",
      enterkeyhint: "send",
      input: () => this.#changed(),
      keydown: (event: KeyboardEvent) => this.#pressed(event),
    });
    this.#button = el("button", { "aria-label": words.get("send"), title: words.get("send") }, icon("send"));
    const submit = (event: Event): void => {
      event.preventDefault();
      this.#submit();
    };
    this.element = el("form", { class: "composer", submit }, el("div", { class: "field" }, this.input, this.#button), this.#count);
  }

  /** Tells whether a message can be sent now. */
  set ready(ready: boolean) {
    this.#button.ariaDisabled = String(!ready);
  }

  #submit(): void {
    const text = this.input.value.trim();
    if (text === "" || text.length > this.#limit || !this.#act.say(text)) return;
    this.input.value = "";
    this.#changed();
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #changed(): void {
    const { input } = this;
    if (input.value !== "") this.#act.begin();
    const over = input.value.trim().length - this.#limit;
    this.#count.textContent = over > 0 ? this.#words.get("tooLong", { count: over }) : "";
    input.ariaInvalid = String(over > 0);
    input.rows = 1;
    const line = parseFloat(getComputedStyle(input).lineHeight) || 24;
    input.rows = Math.min(6, Math.max(1, Math.round((input.scrollHeight - 16) / line)));
  }
}
