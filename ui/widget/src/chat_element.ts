import { Announcer } from "./announcer";
import { Client } from "./client";
import { Conversation, type Listener } from "./conversation";
import { Memory } from "./memory";
import type { Profile } from "./protocol";
import { type Settings, type VehicleHint, schemeOf } from "./settings";
import { applyScheme, themeCss } from "./theme";
import { el, icon } from "./views/dom";
import { Panel } from "./views/panel";
import css from "./widget.css?inline";
import { Words } from "./words";

const RETRY_MS = [3000, 10_000, 30_000] as const;
const LOOK_MS = 3000;
const LOOK_LATER_MS = 15_000;
const LOOKS_AT_FIRST = 100;
// Where the panel takes the whole screen, it is modal: nothing behind it can be reached unseen.
const SMALL = "(max-width: 480px), (max-height: 460px)";

/** `<marque-chat>`: the chat of one brand. */
export class ChatElement extends HTMLElement {
  static readonly observedAttributes = ["data-theme"];
  settings: Settings | null = null;
  #started = false;
  #panel: Panel | null = null;
  #dialog: HTMLDialogElement | null = null;
  #launcher: HTMLButtonElement | null = null;
  #conversation: Conversation | null = null;
  #memory: Memory | null = null;
  #words!: Words;
  #looks = 0;
  #timer = 0;

  connectedCallback(): void {
    if (this.#started || this.settings === null) return;
    this.#started = true;
    applyScheme(this, this.settings.scheme);
    void this.#start(this.settings, new Client(this.settings));
  }

  attributeChangedCallback(_name: string, _before: string | null, now: string | null): void {
    if (this.#started) applyScheme(this, schemeOf(now));
  }

  /** Opens the panel. */
  open(): void {
    if (this.#dialog === null || this.#dialog.open) return;
    this.#memory?.keep({ open: true });
    this.#show();
    this.#panel?.composer.input.focus();
  }

  /** Closes the panel; the conversation stays. */
  close(): void {
    if (!this.#dialog?.open) return;
    this.#memory?.keep({ open: false });
    this.#dialog.close();
    if (this.#launcher !== null) {
      this.#launcher.hidden = false;
      this.#launcher.focus();
    }
  }

  async #start(settings: Settings, client: Client): Promise<void> {
    const profile = await this.#profile(client);
    if (profile === null) return;
    this.#words = new Words(profile.language, profile.words, { name: profile.assistant_name, brand: profile.name });
    this.#memory = new Memory(`marque ${settings.base} ${settings.key ?? settings.brand}`);
    const announcer = new Announcer();
    const context = { vehicle: knownVehicle(settings, profile), language: this.#words.language };
    this.#conversation = new Conversation(client, this.#memory, this.#listener(), () => context);
    const close = settings.mode === "launcher" ? () => this.close() : null;
    this.#panel = new Panel(profile, this.#words, settings, announcer, () => this.#conversation as Conversation, close);
    this.#draw(settings, profile, this.#panel);
  }

  async #profile(client: Client): Promise<Profile | null> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await client.profile();
      } catch (error) {
        const wait = RETRY_MS[attempt];
        if (wait === undefined || !(error instanceof TypeError)) {
          console.error("Marque: no chat, the brand's profile cannot be read.", error);
          return null;
        }
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  #draw(settings: Settings, profile: Profile, panel: Panel): void {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet(css), sheet(themeCss(profile.light, profile.dark))];
    this.lang = this.#words.language;
    root.addEventListener("keydown", (event) => this.#pressed(event as KeyboardEvent));
    document.addEventListener("visibilitychange", () => this.#lookLater());
    if (settings.mode === "inline") {
      const label = this.#words.get("chat");
      root.append(el("section", { class: "panel inline", "aria-label": label, "aria-describedby": "notice" }, ...panel.content));
      void this.#conversation?.resume().finally(() => this.#lookLater());
      return;
    }
    const unread = el("span", { class: "unread", role: "status" });
    this.#launcher = el(
      "button",
      { type: "button", class: "launcher", "aria-haspopup": "dialog", click: () => this.open() },
      icon("chat"),
      el("span", {}, this.#words.get("ask")),
      unread,
    );
    const cancel = (event: Event): void => {
      event.preventDefault();
      if (!panel.escape()) this.close();
    };
    this.#dialog = el("dialog", { class: "panel", "aria-labelledby": "title", "aria-describedby": "notice", cancel }, ...panel.content);
    root.append(this.#launcher, this.#dialog);
    matchMedia(SMALL).addEventListener("change", () => this.#reshow());
    // On a small screen the panel would hide the page that was just reached.
    if ((this.#memory?.open ?? settings.startsOpen) && !matchMedia(SMALL).matches) this.#show();
    else if (this.#memory?.pending || this.#conversation?.begun) void this.#conversation?.resume();
  }

  #show(): void {
    const [dialog, launcher] = [this.#dialog, this.#launcher];
    if (dialog === null || launcher === null) return;
    if (matchMedia(SMALL).matches) dialog.showModal();
    else dialog.setAttribute("open", ""); // `show()` would take the focus from the page after a reload
    launcher.hidden = true;
    launcher.querySelector(".unread")?.replaceChildren();
    this.#panel?.follow();
    void this.#conversation?.resume().finally(() => this.#lookLater());
  }

  /** The panel was opened for another size of the window. */
  #reshow(): void {
    if (!this.#dialog?.open) return;
    const focused = this.shadowRoot?.activeElement as HTMLElement | null;
    this.#dialog.close();
    this.#show();
    focused?.focus();
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    if (!this.#panel?.escape()) this.close();
  }

  #listener(): Listener {
    return {
      changed: (turn) => {
        this.#panel?.changed(turn);
        if (turn.role === "agent") this.#tellUnread();
      },
      replaced: () => {
        this.#panel?.replaced();
        if (this.#conversation?.turns.at(-1)?.role === "agent") this.#tellUnread();
      },
      status: (word, problem) => this.#panel?.tell(word, problem),
      handedOff: (handoff) => {
        this.#panel?.handedOff(handoff);
        this.#looks = 0;
        this.#lookLater();
      },
    };
  }

  #tellUnread(): void {
    if (this.#dialog?.open !== false) return;
    this.#launcher?.querySelector(".unread")?.replaceChildren(el("span", { class: "unseen" }, this.#words.get("news")));
  }

  /** Looks for an agent's answer while one is expected and the page is seen. */
  #lookLater(): void {
    clearTimeout(this.#timer);
    const state = this.#conversation?.handoff?.state;
    if (document.hidden || (state !== "waiting" && state !== "joined")) return;
    this.#looks += 1;
    this.#timer = window.setTimeout(
      () => void this.#conversation?.look().finally(() => this.#lookLater()),
      this.#looks > LOOKS_AT_FIRST ? LOOK_LATER_MS : LOOK_MS,
    );
  }
}

/** What of the page's hint the brand knows; the rest would be refused. */
function knownVehicle({ model, year, market = "" }: Settings, profile: Profile): VehicleHint {
  const known = profile.models.find((one) => [one.id, one.name, ...one.aliases].some((name) => name.toLowerCase() === model));
  return {
    ...(known && { model: known.id }),
    ...(year >= 1900 && year <= 2100 && { model_year: Math.floor(year) }),
    ...(profile.markets.includes(market) && { market }),
  };
}

function sheet(text: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}
