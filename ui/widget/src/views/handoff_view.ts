import type { Contact, Handoff, Profile } from "../protocol";
import { telephone } from "../links";
import type { Words } from "../words";
import { el, icon } from "./dom";

/** Who answers and when, once a person was asked for. */
export function handoffView(handoff: Handoff, profile: Profile, market: string | undefined, words: Words): HTMLElement[] {
  const contact = profile.contacts[market ?? ""] ?? profile.contacts.default;
  const agent = handoff.agent ?? words.get("colleague");
  const { state } = handoff;
  const lead = el("span", {}, words.get(state, { agent }));
  const made: HTMLElement[] = [el("p", { class: "lead" }, icon(state === "closed" ? "chat" : "person"), lead)];
  if ((state === "waiting" || state === "contact") && contact !== undefined) made.push(contactView(contact, state, words));
  return made;
}

function contactView(contact: Contact, state: string, words: Words): HTMLElement {
  return el(
    "p",
    { class: `contact ${state}` },
    el("a", { href: telephone(contact.phone), dir: "ltr" }, contact.phone),
    el("a", { href: `mailto:${contact.email}`, dir: "ltr" }, contact.email),
    el("span", {}, words.get("hours", { hours: contact.hours })),
  );
}
