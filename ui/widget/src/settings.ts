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
  readonly vehicle: VehicleHint;
  readonly startsOpen: boolean;
}

export type Scheme = "auto" | "light" | "dark";

/** What the page knows of the customer's vehicle; a hint, never authority. */
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
    vehicle: vehicleOf(said),
    startsOpen: said.open !== undefined,
  };
}

export function schemeOf(said: string | null | undefined): Scheme {
  return said === "light" || said === "dark" ? said : "auto";
}

function vehicleOf(said: DOMStringMap): VehicleHint {
  const year = Number(said.year);
  return {
    ...(said.model?.trim() ? { model: said.model.trim() } : {}),
    ...(Number.isInteger(year) && year >= 1900 && year <= 2100 ? { model_year: year } : {}),
    ...(/^[a-z]{2}$/i.test(said.market ?? "") ? { market: (said.market ?? "").toLowerCase() } : {}),
  };
}
