// The brand's colours, light and dark; the server derives them from the profile and checks their contrast.
import type { Colours } from "./protocol";
import type { Scheme } from "./settings";

/** The style sheet that gives the chat a brand's colours. */
export function themeCss(light: Colours, dark: Colours): string {
  const rules = (name: string, colours: Colours): string =>
    `{color-scheme:${name};${Object.entries(colours).map(([one, colour]) => `--${one}:${colour}`).join(";")}}`;
  const night = rules("dark", dark);
  return `:host${rules("light", light)}:host([scheme=dark])${night}@media(prefers-color-scheme:dark){:host([scheme=auto])${night}}`;
}

export function applyScheme(host: HTMLElement, scheme: Scheme): void {
  host.setAttribute("scheme", scheme);
}
