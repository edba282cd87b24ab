import type { Announcer } from "../announcer";
import type { Conversation, Turn } from "../conversation";
import { Links } from "../links";
import type { Reading } from "../markdown";
import type { Handoff, Profile } from "../protocol";
import type { Settings } from "../settings";
import { saveText, transcriptText } from "../transcript";
import type { Word, Words } from "../words";
import { Composer } from "./composer";
import { el, icon, iconButton } from "./dom";
import { handoffView } from "./handoff_view";
import { menuView } from "./menu";
import { TurnView } from "./turn_view";

const FRAME_MS = 40;

/** The chat itself: header, what was said, where the customer writes. */
export class Panel {
  readonly content: readonly HTMLElement[];
  readonly composer: Composer;
  readonly #views = new Map<Turn, TurnView>();
  readonly #list = el("ol", { class: "turns" });
  readonly #welcome: HTMLElement;
  readonly #note = el("p", { class: "note", hidden: true });
  readonly #status = el("div", { class: "status", hidden: true });
  readonly #handoff = el("div", { class: "handoff", hidden: true, role: "status" });
  readonly #log: HTMLElement;
  readonly #menu: ReturnType<typeof menuView>;
  readonly #reading: Reading;
  #newest: Turn | null = null;
  /** The customer has gone to another place than the newest. */
  #reads = false;
  #painting = 0;
  #painted = 0;
  #cost = 0;

  readonly #profile: Profile;
  readonly #words: Words;
  readonly #settings: Settings;
  readonly #announcer: Announcer;
  readonly #conversation: () => Conversation;

  constructor(
    profile: Profile,
    words: Words,
    settings: Settings,
    announcer: Announcer,
    conversation: () => Conversation,
    close: (() => void) | null,
  ) {
    this.#profile = profile;
    this.#words = words;
    this.#settings = settings;
    this.#announcer = announcer;
    this.#conversation = conversation;
    this.#reading = { links: new Links(profile), newTab: words.get("newTab") };
    const greeting = profile.greeting[words.language] ?? profile.greeting[profile.default_language] ?? "";
    this.#welcome = el(
      "div",
      { class: "turn bot welcome" },
      el("p", { class: "notice", id: "notice", dir: "auto" }, profile.notice),
      el("div", { class: "bubble" }, el("div", { class: "said", dir: "auto" }, greeting)),
    );
    const read = (): void => {
      this.#reads = true;
    };
    this.#log = el(
      "div",
      { class: "log", role: "log", "aria-live": "off", "aria-label": words.get("log"), tabindex: 0, wheel: read, keydown: read, pointerdown: read },
      this.#welcome,
      this.#note,
      this.#list,
      this.#status,
    );
    this.composer = new Composer(words, profile.message_limit_characters, {
      say: (text) => this.#say(text),
      begin: () => this.#conversation().prepare(),
    });
    this.#menu = menuView(words, {
      person: () => void this.#conversation().callPerson(),
      save: () => this.#save(),
      erase: () => this.#erase(),
      leave: () => this.composer.input.focus(),
    });
    const lower = el("div", { class: "lower" }, this.#handoff, this.composer.element);
    this.content = [this.#header(close), this.#menu.element, this.#log, lower, announcer.polite, announcer.urgent];
  }

  /** Takes the Escape key where it has something to close. */
  escape(): boolean {
    return this.#menu.close();
  }

  /** Shows a turn; one that grows is shown at most so often that there is time for everything else. */
  changed(turn: Turn): void {
    clearTimeout(this.#painting);
    if (turn.state !== "growing") this.#paint(turn);
    else this.#painting = window.setTimeout(() => this.#paint(turn), this.#painted + this.#cost * 4 + FRAME_MS - performance.now());
  }

  #paint(turn: Turn): void {
    if (!this.#conversation().turns.includes(turn)) return;
    const begun = performance.now();
    this.#show(turn);
    this.#painted = performance.now();
    this.#cost = this.#painted - begun;
  }

  #show(turn: Turn): void {
    const fresh = this.#place(turn);
    if (fresh && turn.role !== "bot") this.#reads = false;
    if (turn.role === "customer") {
      if (fresh) this.follow();
      return;
    }
    if (fresh) this.#announcer.begin();
    if (fresh && turn.role === "agent") this.#announcer.say(`${turn.agent ?? this.#words.get("colleague")}:`);
    if (turn.kind === "safety") this.#announcer.cry(`${this.#words.get("safety")}. ${turn.text.replace(/[*_#]/g, "")}`);
    else this.#announcer.follow(turn.text, turn.state === "said", turn.language ?? this.#words.language);
    if (turn.state === "said" && turn.citations.length > 0) this.#announcer.say(this.#words.get("sources"));
    this.follow();
  }

  replaced(): void {
    const { turns, notice } = this.#conversation();
    this.#note.hidden = notice === null;
    this.#note.textContent = notice === null ? "" : this.#words.get(notice);
    for (const one of this.#views.keys()) if (!turns.includes(one)) this.#views.delete(one);
    this.#newest = null;
    this.#list.replaceChildren();
    for (const one of turns) this.#place(one);
    this.follow();
  }

  tell(word: Word | null, problem: boolean): void {
    this.composer.ready = !this.#conversation().busy;
    this.#status.hidden = word === null;
    this.#status.className = problem ? "status problem" : "status";
    if (word === null) return;
    const text = this.#words.get(word);
    const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    if (this.#status.textContent !== text) this.#announcer.say(text);
    this.#status.replaceChildren(problem ? icon("alert") : dots, el("span", {}, text));
    this.follow();
  }

  handedOff(handoff: Handoff | null): void {
    this.#handoff.hidden = handoff === null;
    this.#handoff.replaceChildren(...(handoff === null ? [] : handoffView(handoff, this.#profile, this.#settings.market, this.#words)));
    this.follow();
  }

  /** Shows the newest message from its beginning, and does not run away from what is being read. */
  follow(): void {
    if (this.#reads) return;
    const asked = [...this.#list.children].findLast((one) => one.classList.contains("customer")) as HTMLElement | undefined;
    const end = this.#log.scrollHeight - this.#log.clientHeight;
    this.#log.scrollTop = asked === undefined ? end : Math.min(end, asked.offsetTop - 8);
  }

  #place(turn: Turn): boolean {
    let view = this.#views.get(turn);
    const fresh = view === undefined || !view.element.isConnected;
    if (view === undefined) {
      view = new TurnView(turn, this.#words, this.#profile, this.#reading, {
        say: (text) => {
          this.#say(text);
          this.composer.input.focus();
        },
        retry: () => void this.#conversation().retry(),
        rate: (id, helpful, reason) => this.#conversation().feedback(id, helpful, reason),
      });
      this.#views.set(turn, view);
    }
    const before = this.#newest;
    if (fresh) {
      this.#list.append(view.element);
      this.#newest = turn;
      if (before?.choices.length) this.#views.get(before)?.update(false);
    }
    view.update(turn === this.#newest);
    return fresh;
  }

  #say(text: string): boolean {
    if (this.#conversation().busy) return false;
    void this.#conversation()
      .send(text)
      .finally(() => {
        this.composer.ready = !this.#conversation().busy;
      });
    return true;
  }

  #save(): void {
    const text = transcriptText(this.#conversation().turns, this.#profile, this.#words);
    saveText(text, `${this.#profile.id}-${new Date().toISOString().slice(0, 10)}.txt`);
  }

  #erase(): void {
    this.#conversation()
      .erase()
      .then(
        () => this.#announcer.say(this.#note.textContent),
        () => this.tell("unavailable", true),
      );
  }

  #header(close: (() => void) | null): HTMLElement {
    const [words, profile] = [this.#words, this.#profile];
    return el(
      "div",
      { class: "bar" },
      el("span", { class: "face", "aria-hidden": "true" }, [...profile.assistant_name][0] ?? ""),
      el(
        "div",
        { class: "names" },
        el("h2", { id: "title" }, el("span", { class: "unseen" }, words.get("chat")), el("span", { "aria-hidden": "true" }, profile.assistant_name)),
        el("p", {}, words.get("subtitle")),
      ),
      this.#menu.button,
      close && iconButton("close", words.get("close"), close),
    );
  }
}
