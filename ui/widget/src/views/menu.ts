import type { Words } from "../words";
import { el, icon, iconButton, type Icon } from "./dom";

interface Actions {
  person(): void;
  save(): void;
  erase(): void;
  /** Gives the focus back to where the customer writes. */
  leave(): void;
}

/** What is done with the whole conversation; deleting asks once more. */
export function menuView(words: Words, actions: Actions): { button: HTMLButtonElement; element: HTMLElement; close(): boolean } {
  const open = (shown: boolean): void => {
    element.hidden = !shown;
    ask.hidden = true;
    list.hidden = false;
    button.ariaExpanded = String(shown);
    if (shown) element.querySelector("button")?.focus();
  };
  const close = (): boolean => {
    if (element.hidden) return false;
    open(false);
    button.focus();
    return true;
  };
  const done = (act: () => void): void => {
    open(false);
    actions.leave();
    act();
  };
  const item = (name: Icon, text: string, act: () => void): HTMLElement =>
    el("button", { type: "button", class: "item", click: act }, icon(name), text);
  const confirm = el("button", { type: "button", class: "choice danger", click: () => done(actions.erase) }, words.get("eraseYes"));
  const ask = el(
    "div",
    { class: "ask", role: "group", "aria-labelledby": "erase-ask", hidden: true },
    el("p", { id: "erase-ask" }, words.get("eraseAsk")),
    confirm,
    el("button", { type: "button", class: "choice", click: close }, words.get("cancel")),
  );
  const list = el(
    "div",
    {},
    item("person", words.get("person"), () => done(actions.person)),
    item("save", words.get("save"), () => done(actions.save)),
    item("bin", words.get("erase"), () => {
      list.hidden = true;
      ask.hidden = false;
      confirm.focus();
    }),
  );
  const element = el("div", { class: "menu", id: "menu", hidden: true }, list, ask);
  const toggle = (): void => {
    if (!close()) open(true);
  };
  const button = iconButton("more", words.get("more"), toggle, { "aria-expanded": "false", "aria-controls": "menu" });
  return { button, element, close };
}
