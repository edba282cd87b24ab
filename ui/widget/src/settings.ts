/** What the script tag says. */
export interface Settings {
  /** Where the interface is, with a slash at the end. */
  readonly base: string;
  readonly key: string | null;
  readonly brand: string | null;
  readonly mode: "launcher" | "inline";
  readonly target: string | null;
  readonly scheme: Scheme;
  readonly language: string;
  /** What the page knows of the customer's vehicle; a hint, never authority. */
  readonly model: string | undefined;
  readonly year: number;
  readonly market: string | undefined;
  readonly startsOpen: boolean;
}

export type Scheme = "auto" | "light" | "dark";

/** What of the page's hint the brand knows. */
export interface VehicleHint {
  readonly model?: string;
  readonly model_year?: number;
  readonly market?: string;
}

/** Reads the script tag; null where it names neither a key nor a brand. */
export function readSettings(script: HTMLScriptElement): Settings | null {
  const said = script.dataset;
  const key = said.key?.trim() || null;
  const brand = said.brand?.trim() || null;
  if (key === null && brand === null) return null;
  return {
    base: new URL(".", said.api ?? script.src).href,
    key,
    brand,
    mode: said.mode === "inline" ? "inline" : "launcher",
    target: said.target?.trim() || null,
    scheme: schemeOf(said.theme),
    language: (said.lang || document.documentElement.lang || navigator.language || "en").slice(0, 2).toLowerCase(),
    model: said.model?.trim().toLowerCase(),
    year: Number(said.year),
    market: said.market?.trim().toLowerCase(),
    startsOpen: said.open !== undefined,
  };
}

export function schemeOf(said: string | null | undefined): Scheme {
  return said === "light" || said === "dark" ? said : "auto";
}
