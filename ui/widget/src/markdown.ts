// A small, safe subset of Markdown, as DOM nodes: no HTML, no pictures, links only where the brand allows them.
import type { Links } from "./links";
import { telephone } from "./links";
import { el } from "./views/dom";

const LIMIT = 20_000;
const DEPTH = 4;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])\s+(?=\S)/;
const RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
// Every repetition is bounded, so that no text takes long to read.
const INLINE = new RegExp(
  [
    String.raw`\\(?<letter>[!-/:-@[-${"`"}{-~])`,
    "`(?<code>[^`\\n]{1,500})`",
    String.raw`!\[(?<picture>[^\[\]\n]{0,300})\]\([^()\n]{0,2000}\)`,
    String.raw`\[(?<label>[^\[\]\n]{1,300})\]\(\s*<?(?<target>[^\s()<>]{1,2000})>?(?:\s+"[^"\n]{0,300}")?\s*\)`,
    String.raw`\*\*(?=\S)(?<strong>[^\n]{1,1000}?)(?<=\S)\*\*`,
    String.raw`(?<![\w*])\*(?=[^\s*])(?<em>[^*\n]{1,500})(?<=\S)\*(?![\w*])`,
    String.raw`(?<!\w)_(?=[^\s_])(?<em2>[^_\n]{1,500})(?<=\S)_(?!\w)`,
    String.raw`(?<bare>https?:\/\/[^\s<>()"'${"`"}]{1,2000})`,
    String.raw`(?<newline>\n)`,
  ].join("|"),
  "g",
);

export interface Reading {
  readonly links: Links;
  readonly newTab: string;
  /** Further numbers that may be dialled. */
  readonly numbers?: RegExp;
}

/** Markdown as DOM nodes. */
export function render(text: string, reading: Reading): DocumentFragment {
  const made = document.createDocumentFragment();
  made.append(...blocks(text.slice(0, LIMIT).replace(/\r\n?/g, "\n").split("\n"), reading, 0));
  return made;
}

function blocks(lines: readonly string[], reading: Reading, depth: number): HTMLElement[] {
  const made: HTMLElement[] = [];
  let at = 0;
  const take = (belongs: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && belongs(lines[at] ?? "")) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? "";
    if (line.trim() === "" || /^ {0,3}([-*_])( *\1){2,}\s*$/.test(line)) at += 1;
    else if (line.startsWith("```")) {
      at += 1;
      made.push(el("pre", {}, el("code", {}, take((one) => !one.startsWith("```")).join("\n"))));
      at += 1;
    } else if (/^#{1,6}\s/.test(line)) {
      at += 1;
      made.push(el("p", { class: "heading" }, ...inline(line.replace(/^#+\s+/, "").replace(/\s+#+\s*$/, ""), reading)));
    } else if (/^ {0,3}>/.test(line) && depth < DEPTH) {
      const inner = take((one) => /^ {0,3}>/.test(one)).map((one) => one.replace(/^ {0,3}> ?/, ""));
      made.push(el("blockquote", {}, ...blocks(inner, reading, depth + 1)));
    } else if (line.trimStart().startsWith("|")) {
      made.push(table(take((one) => one.trimStart().startsWith("|")), reading));
    } else if (ITEM.test(line) && depth < DEPTH) {
      const [list, end] = listAt(lines, at, reading, depth);
      made.push(list);
      at = end;
    } else {
      at += 1;
      const more = take((one) => one.trim() !== "" && !/^(#{1,6}\s|```| {0,3}>|\s*\|)/.test(one) && !ITEM.test(one));
      const text = [line, ...more].map((one) => one.trim()).join("\n");
      // WARNING, DANGER and their like, as manuals set them above what they warn of.
      made.push(el("p", { class: /^\*\*[\p{Lu} !]{6,}\*\*$/u.test(text) && "signal" }, ...inline(text, reading)));
    }
  }
  // What stands below the word of warning belongs to it.
  made.forEach((one, at) => {
    if (depth === 0 && one.className === "signal") made.splice(at, 2, el("blockquote", {}, one, made[at + 1]));
  });
  return made;
}

function listAt(lines: readonly string[], start: number, reading: Reading, depth: number): [HTMLElement, number] {
  const first = ITEM.exec(lines[start] ?? "");
  const ordered = /\d/.test(first?.[2] ?? "");
  const list = ordered ? el("ol", { start: parseInt(first?.[2] ?? "1", 10) }) : el("ul");
  let at = start;
  while (at < lines.length) {
    const found = ITEM.exec(lines[at] ?? "");
    if (found === null || /\d/.test(found[2] ?? "") !== ordered) break;
    const inner = [(lines[at] ?? "").slice(found[0].length)];
    at += 1;
    for (; at < lines.length; at += 1) {
      const line = lines[at] ?? "";
      const indented = /^\s{2,}\S/.test(line);
      const next = lines[at + 1] ?? "";
      if (!indented && (line.trim() !== "" || !/^\s{2,}\S/.test(next))) break;
      inner.push(line.replace(/^\s{2,4}/, ""));
    }
    const content = blocks(inner, reading, depth + 1);
    const only = content.length === 1 ? content[0] : null;
    list.append(el("li", {}, ...(only instanceof HTMLParagraphElement ? [...only.childNodes] : content)));
    // A blank line between two items of one list.
    if ((lines[at] ?? "").trim() === "" && ITEM.test(lines[at + 1] ?? "")) at += 1;
  }
  return [list, at];
}

function table(lines: readonly string[], reading: Reading): HTMLElement {
  const rows = lines.map((line) =>
    line.trim().replace(/^\||(?<!\\)\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|")),
  );
  const headed = lines.length > 1 && RULE.test(lines[1] ?? "");
  const row = (cells: readonly string[], name: "th" | "td"): HTMLElement =>
    el("tr", {}, ...cells.map((cell) => el(name, name === "th" ? { scope: "col" } : {}, ...inline(cell, reading))));
  const body = (headed ? rows.slice(2) : rows.filter((_, at) => !RULE.test(lines[at] ?? ""))).map((one) => row(one, "td"));
  const made = el("table", {}, headed && el("thead", {}, row(rows[0] ?? [], "th")), el("tbody", {}, ...body));
  const wide = Math.max(...rows.map((one) => one.length)) > 3;
  return el("div", { class: "table", ...(wide ? { tabindex: 0 } : {}) }, made);
}

function inline(text: string, reading: Reading, inLink = false): Node[] {
  const made: Node[] = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    made.push(...plain(text.slice(from, found.index), reading, inLink));
    from = found.index + found[0].length;
    const part = found.groups ?? {};
    if (part.letter !== undefined) made.push(new Text(part.letter));
    else if (part.code !== undefined) made.push(el("code", {}, part.code));
    else if (part.picture !== undefined) made.push(new Text(part.picture));
    else if (part.label !== undefined) made.push(...link(part.label, part.target ?? "", reading, inLink));
    else if (part.strong !== undefined) made.push(el("strong", {}, ...inline(part.strong, reading, inLink)));
    else if (part.newline !== undefined) made.push(el("br"));
    else if (part.bare !== undefined) {
      const address = part.bare.replace(/[.,;:!?]+$/, "");
      made.push(...link(address, address, reading, inLink), new Text(part.bare.slice(address.length)));
    } else made.push(el("em", {}, ...inline(part.em ?? part.em2 ?? "", reading, inLink)));
  }
  made.push(...plain(text.slice(from), reading, inLink));
  return made;
}

function link(label: string, target: string, reading: Reading, inLink: boolean): Node[] {
  const address = inLink ? null : reading.links.allow(target);
  const shown = label === target ? [new Text(label)] : inline(label, reading, true);
  return address === null ? shown : [anchor(address, shown, reading)];
}

function anchor(address: string, shown: readonly Node[], reading: Reading): HTMLAnchorElement {
  const web = address.startsWith("http");
  const elsewhere = web && new URL(address).origin !== location.origin;
  return el(
    "a",
    { href: address, ...(elsewhere ? { target: "_blank", rel: "noopener noreferrer" } : {}) },
    ...shown,
    elsewhere && el("span", { class: "unseen" }, ` (${reading.newTab})`),
  );
}

function plain(text: string, reading: Reading, inLink: boolean): Node[] {
  const patterns = [reading.links.spoken, reading.numbers].flatMap((one) => (one ? [one.source] : []));
  if (text === "" || inLink || patterns.length === 0) return text === "" ? [] : [new Text(text)];
  const made: Node[] = [];
  let from = 0;
  for (const found of text.matchAll(new RegExp(patterns.join("|"), "gi"))) {
    made.push(new Text(text.slice(from, found.index)));
    const words = found[0];
    made.push(anchor(words.includes("@") ? `mailto:${words}` : telephone(words), [new Text(words)], reading));
    from = found.index + words.length;
  }
  made.push(new Text(text.slice(from)));
  return made;
}

/** Markdown as words to be heard. */
export function spokenText(text: string): string {
  return text
    .slice(0, LIMIT)
    .replace(/!?\[([^\[\]\n]{0,300})\]\([^()\n]{0,2000}\)/g, "$1")
    .replace(/^\s*\|?[\s:|-]*-[\s:|-]*\|?\s*$/gm, "")
    .replace(/^\s*\|(.*?)\|?\s*$/gm, (_, row: string) => `${row.split("|").map((one) => one.trim()).filter(Boolean).join(", ")}.`)
    .replace(/^ {0,3}(#{1,6}\s+|(> ?)+|[-+*]\s+)/gm, "")
    .replace(/[*_`\\]/g, "")
    .trim();
}
