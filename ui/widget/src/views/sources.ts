import { render, type Reading } from "../markdown";
import type { Citation } from "../protocol";
import type { Words } from "../words";
import { el } from "./dom";

/** What a reply rests on: each source opens to the quoted words, with its heading and page. */
export function sourcesView(citations: readonly Citation[], words: Words, reading: Reading): HTMLElement {
  const grouped = new Map<string, Citation[]>();
  for (const one of citations) {
    const place = `${one.document}\0${one.heading}\0${one.page}`;
    grouped.set(place, [...(grouped.get(place) ?? []), one]);
  }
  const places = [...grouped.values()];
  return el(
    "div",
    { class: "sources", role: "group", "aria-label": words.get(places.length > 1 ? "sources" : "source") },
    ...places.map((quotes, at) => sourceView(quotes, at + 1, words, reading)),
  );
}

function sourceView(quotes: readonly Citation[], number: number, words: Words, reading: Reading): HTMLElement {
  const [first] = quotes as [Citation];
  const page = first.page === null ? "" : words.get("page", { page: first.page });
  return el(
    "details",
    { toggle: ({ target }: Event) => (target as HTMLElement).scrollIntoView({ block: "nearest" }) },
    el(
      "summary",
      {},
      el("span", { class: "number", "aria-hidden": "true" }, String(number)),
      el("span", { class: "title" }, el("bdi", {}, first.title), page && el("span", { class: "page" }, ` · ${page}`)),
    ),
    el(
      "figure",
      {},
      first.heading && el("figcaption", { dir: "auto" }, first.heading.split(" > ").join(" › ")),
      ...quotes.map((one) => el("blockquote", { class: "quote", dir: "auto" }, render(one.quote, reading))),
    ),
  );
}
