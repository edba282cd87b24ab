import type { Word, Words } from "../words";
import { el, iconButton } from "./dom";

const REASONS = ["wrong", "offTopic", "unclear", "missing"] as const satisfies readonly Word[];

/** Thumbs up or down, and the reason for a thumb down. */
export function ratingView(words: Words, rate: (helpful: boolean, reason: string | null) => Promise<void>): HTMLElement {
  const told = el("p", { class: "told", tabindex: -1 });
  const why = el("div", { class: "why", role: "group", "aria-label": words.get("why"), hidden: true });
  const show = (helpful: boolean | null, word: Word | null): void => {
    up.ariaPressed = String(helpful === true);
    down.ariaPressed = String(helpful === false);
    why.hidden = word !== null;
    told.textContent = word && words.get(word);
  };
  const press = (helpful: boolean): void => {
    show(helpful, helpful ? "thanks" : null);
    why.scrollIntoView({ block: "nearest" });
    rate(helpful, null).catch(() => show(null, "failed"));
  };
  const up = iconButton("up", words.get("helpful"), () => press(true), { "aria-pressed": "false" });
  const down = iconButton("down", words.get("unhelpful"), () => press(false), { "aria-pressed": "false" });
  const give = (reason: Word): void => {
    show(false, "thanks");
    told.focus();
    rate(false, words.get(reason)).catch(() => show(false, "failed"));
  };
  why.append(
    el("p", { "aria-hidden": "true" }, words.get("why")),
    ...REASONS.map((one) => el("button", { type: "button", class: "choice small", click: () => give(one) }, words.get(one))),
  );
  const thumbs = el("div", { class: "thumbs", role: "group", "aria-label": words.get("rate") }, up, down);
  return el("div", { class: "rating" }, thumbs, el("div", { role: "status", class: "told" }, told), why);
}
