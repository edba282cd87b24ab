// The one script tag: reads what it says and puts the chat on the page.
import { ChatElement } from "./chat_element";
import { readSettings } from "./settings";

const NAME = "marque-chat";
const script = document.currentScript as HTMLScriptElement | null;

if (!customElements.get(NAME)) customElements.define(NAME, ChatElement);

if (script !== null) {
  if (document.body === null) addEventListener("DOMContentLoaded", () => place(script), { once: true });
  else place(script);
}

function place(tag: HTMLScriptElement): void {
  const settings = readSettings(tag);
  if (settings === null) {
    console.error('Marque: the script tag needs data-key.');
    return;
  }
  const chat = document.createElement(NAME) as ChatElement;
  chat.settings = settings;
  if (settings.mode === "launcher") {
    document.body.append(chat);
    return;
  }
  const target = settings.target === null ? null : document.querySelector(settings.target);
  if (target !== null) target.append(chat);
  else if (document.body.contains(tag)) tag.after(chat);
  else document.body.append(chat);
}
