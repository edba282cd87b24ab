type Content = Node | string | null | undefined | false;
type Values = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

/** Makes an element; text always becomes a text node, never markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  values: Values = {},
  ...content: readonly Content[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === "function") made.addEventListener(key, value as EventListener);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...content.filter((one): one is Node | string => Boolean(one)));
  return made;
}

const THUMB = "M7 11v9H4v-9zm0 0 4-7a2 2 0 0 1 2 2.4L12.4 9H18a2 2 0 0 1 2 2.4l-1.3 7A2 2 0 0 1 16.7 20H7";
const PATHS = {
  chat: "M6 3h12q2 0 2 2v9q0 2-2 2h-7l-5 4.5v-4.5q-2 0-2-2V5q0-2 2-2z",
  close: "M6 6l12 12M18 6 6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  send: "M4.5 12 20 4.5 15 20l-3.2-6.3zM11.8 13.7 20 4.5",
  up: THUMB,
  down: THUMB,
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0",
  save: "M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M5 20h14",
  bin: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13",
  alert: "M12 4 2.8 20h18.4zM12 10v4.5M12 17.2h.01",
} as const;

export type Icon = keyof typeof PATHS;

export function icon(name: Icon): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon ${name}`);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button with an icon; what it does is its name, told to everyone. */
export function iconButton(name: Icon, label: string, act: () => void, values: Values = {}): HTMLButtonElement {
  return el("button", { type: "button", class: "tool", "aria-label": label, title: label, click: act, ...values }, icon(name));
}
