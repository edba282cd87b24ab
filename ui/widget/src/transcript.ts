import type { Turn } from "./conversation";
import type { Profile } from "./protocol";
import type { Words } from "./words";

/** The conversation as plain text, with its sources. */
export function transcriptText(turns: readonly Turn[], profile: Profile, words: Words): string {
  const speaker = (turn: Turn): string => {
    if (turn.role === "customer") return words.get("you");
    return turn.role === "agent" ? (turn.agent ?? words.get("colleague")) : `${profile.assistant_name} (${words.get("subtitle")})`;
  };
  const told = turns.map((turn) => {
    const sources = turn.citations.map((one) => {
      const page = one.page === null ? "" : `, ${words.get("page", { page: one.page })}`;
      return `  [${words.get("source")}: ${one.title}${one.heading ? `, ${one.heading}` : ""}${page}]`;
    });
    return [`${speaker(turn)}:`, turn.text, ...new Set(sources)].join("\n");
  });
  return [`${profile.name} · ${new Date().toLocaleString(words.language)}`, profile.notice, ...told].join("\n\n") + "\n";
}

/** Offers a text as a file. */
export function saveText(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
