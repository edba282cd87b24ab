import { Problem, kindOf, type Client } from "./client";
import { readEvents } from "./event_stream";
import { Failed, LONGEST_MS, isGone, pause, waitAfter, wordOf } from "./failures";
import type { Memory, Pending } from "./memory";
import type { Citation, Handoff, Kind, Reply, StoredTurn } from "./protocol";
import type { VehicleHint } from "./settings";
import type { Word } from "./words";

const STALL_MS = 45_000;

/** One thing that was said, as it is shown. */
export interface Turn {
  id: string | null;
  readonly role: "customer" | "bot" | "agent";
  text: string;
  kind: Kind | null;
  language: string | null;
  citations: readonly Citation[];
  choices: readonly string[];
  agent: string | null;
  state: "said" | "growing" | "failed";
}

/** What the view is told. */
export interface Listener {
  changed(turn: Turn): void;
  replaced(): void;
  status(word: Word | null, problem: boolean): void;
  handedOff(handoff: Handoff | null): void;
}

/** A conversation that survives reloads, navigation and dropped connections; it says each message exactly once. */
export class Conversation {
  turns: Turn[] = [];
  handoff: Handoff | null = null;
  busy = false;
  /** What is said before the first turn. */
  notice: Word | null = null;
  #loaded = false;
  #beginning: Promise<void> | null = null;
  #generation = 0;
  #rated = Promise.resolve();

  readonly #client: Client;
  readonly #memory: Memory;
  readonly #listener: Listener;
  readonly #context: () => { vehicle: VehicleHint; language: string };

  constructor(
    client: Client,
    memory: Memory,
    listener: Listener,
    context: () => { vehicle: VehicleHint; language: string },
  ) {
    this.#client = client;
    this.#memory = memory;
    this.#listener = listener;
    this.#context = context;
    client.token = memory.token;
  }

  get begun(): boolean {
    return this.#client.token !== null;
  }

  /** Reads what was said before, and goes on with a message that has no reply yet. */
  async resume(): Promise<void> {
    if (this.#loaded) return;
    this.#loaded = true;
    const pending = this.#memory.pending;
    try {
      if (this.begun && (await this.#synchronize(pending))) {
        this.#memory.keep({ pending: null });
        return;
      }
    } catch (error) {
      if (isGone(error)) this.#end(pending);
      else this.#loaded = pending !== null;
    }
    if (pending !== null) await this.#deliver(pending, true);
  }

  /** Says something. */
  async send(text: string): Promise<void> {
    if (this.busy) return;
    const after = this.turns.findLast((one) => one.id !== null && one.role !== "customer")?.id ?? null;
    await this.#deliver({ text, key: newKey(), after }, false);
  }

  /** Begins the session before it is needed. */
  prepare(): void {
    if (!this.begun) this.#begin().catch(() => undefined);
  }

  /** Says again what could not be sent; a new key, because the old one may stand for the failure. */
  async retry(): Promise<void> {
    const failed = this.turns.findLast((one) => one.state === "failed");
    if (failed === undefined || this.busy) return;
    this.turns = this.turns.filter((one) => one !== failed);
    this.#listener.replaced();
    const pending = this.#memory.pending;
    await (pending?.text === failed.text ? this.#deliver(pending, true) : this.send(failed.text));
  }

  /** Asks for a person; where none can be asked, the contact is all there is. */
  async callPerson(): Promise<void> {
    try {
      await this.#begin();
      this.#setHandoff(await this.#client.handoff());
    } catch {
      this.#setHandoff({ state: "contact" });
    }
  }

  /** Tells whether a reply helped; in the order in which it was said, because the last word holds. */
  feedback(turn: string, helpful: boolean, reason: string | null): Promise<void> {
    const tell = (): Promise<void> => this.#client.feedback(turn, helpful, reason);
    this.#rated = this.#rated.then(tell, tell);
    return this.#rated;
  }

  /** Erases the conversation on the server and here. */
  async erase(): Promise<void> {
    let notice: Word = "erased";
    if (this.begun) {
      try {
        const { clean, searched } = await this.#client.erase();
        if (clean && searched[0]) notice = "erasedWhole";
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
    this.#generation += 1;
    this.#memory.forget();
    this.#client.token = null;
    this.turns = [];
    this.busy = false;
    this.notice = notice;
    this.#setHandoff(null);
    this.#listener.status(null, false);
    this.#listener.replaced();
  }

  /** Looks for what an agent wrote. */
  async look(): Promise<void> {
    if (!this.begun || this.busy) return;
    try {
      await this.#synchronize(null);
    } catch (error) {
      if (isGone(error)) this.#end(null);
    }
  }

  async #deliver(pending: Pending, again: boolean): Promise<void> {
    this.busy = true;
    const generation = this.#generation;
    this.#memory.keep({ pending });
    const said = turnOf({ role: "customer", text: pending.text });
    if (!again || this.turns.at(-1)?.role !== "customer") this.#add(said);
    const reply = turnOf({ role: "bot", text: "", state: "growing" });
    const stream: Stream = { pending, reply, lastEvent: null, seen: new Set() };
    try {
      await this.#insist(stream, again, () => generation === this.#generation);
      if (generation === this.#generation) this.#memory.keep({ pending: null });
    } catch (error) {
      if (generation === this.#generation) this.#fail(error, said, reply);
    } finally {
      if (generation === this.#generation) this.busy = false;
    }
    const mine = this.#here(said);
    if (generation === this.#generation && mine !== undefined) this.#listener.changed(mine);
    // With danger, a person may have been asked.
    if (reply.kind === "safety") void this.look();
  }

  async #insist(stream: Stream, again: boolean, wanted: () => boolean): Promise<void> {
    for (let attempt = 0; wanted(); attempt += 1) {
      try {
        if (!navigator.onLine) {
          this.#listener.status("offline", true);
          await pause(LONGEST_MS);
        }
        this.#listener.status("thinking", false);
        if ((attempt > 0 || again) && this.begun && (await this.#synchronize(stream.pending))) break;
        await this.#begin();
        await this.#attempt(stream, wanted);
        break;
      } catch (error) {
        if (!wanted()) return;
        if (isGone(error)) this.#end(stream.pending);
        const wait = waitAfter(error, attempt);
        if (wait === null) throw error;
        this.#listener.status(navigator.onLine ? "reconnecting" : "offline", true);
        await pause(wait);
      }
    }
    this.#listener.status(null, false);
  }

  async #attempt(stream: Stream, wanted: () => boolean): Promise<void> {
    const { pending, reply } = stream;
    const message = { text: pending.text, ...this.#context() };
    const body = await this.#client.send(message, pending.key, stream.lastEvent);
    if (stream.lastEvent === null) reply.text = "";
    for await (const event of readEvents(body, STALL_MS)) {
      if (!wanted()) return;
      if (event.id !== null && event.id !== "") {
        if (stream.seen.has(event.id)) continue;
        stream.seen.add(event.id);
        stream.lastEvent = event.id;
      }
      const content = JSON.parse(event.data) as Record<string, unknown>;
      if (event.name === "status" && content.state === "working") reply.text = "";
      else if (event.name === "delta") {
        reply.text += String(content.text ?? "");
        this.#add(reply);
      } else if (event.name === "reply") {
        this.#finish(reply, content as unknown as Reply);
        return;
      } else if (event.name === "error") {
        throw new Failed(Number(content.status) || 500, kindOf(content), null);
      }
    }
    throw new TypeError("the reply broke off");
  }

  #finish(turn: Turn, reply: Reply): void {
    Object.assign(turn, turnOf({ ...reply, role: "bot", id: reply.turn }));
    // While a person answers, the bot may say nothing.
    if (turn.text !== "") this.#add(turn);
    else this.turns = this.turns.filter((one) => one !== turn);
    const state = this.handoff?.state;
    if (reply.kind === "handoff" && state !== "joined") this.#setHandoff({ state: "waiting" });
    else if (state === "closed") this.#setHandoff(null);
  }

  /** Reads the conversation; tells whether the message under way has its reply there already. */
  async #synchronize(pending: Pending | null): Promise<boolean> {
    const { turns, handoff } = await this.#client.conversation();
    const newer = turns.slice(turns.findIndex((one) => one.turn === pending?.after) + 1);
    const answered = newer.some((one) => one.role === "customer") && newer.at(-1)?.role !== "customer";
    if (pending !== null && !answered && this.turns.length > 0) return false;
    const shown = this.turns.filter((one) => one.id !== null).map((one) => one.id);
    if (turns.some((one) => one.role !== "customer" && !shown.includes(one.turn)) || this.turns.length === 0) this.#show(turns);
    // That the assistant answers again is told until it does.
    this.#setHandoff(handoff?.state === "closed" && turns.at(-1)?.role === "bot" ? null : handoff);
    return pending !== null && answered;
  }

  /** Takes over what the server has; what stands here already stays where it is. */
  #show(turns: readonly StoredTurn[]): void {
    const here = this.turns.filter((one) => one.state !== "failed");
    const grown = here.length > 0 && here.length === this.turns.length && here.every((one, at) => isSame(one, turns[at]));
    if (!grown) {
      const before = new Map(here.map((one) => [one.id, one]));
      const unsent = this.turns.filter((one) => one.state === "failed");
      this.turns = [...turns.map((one) => before.get(one.turn) ?? turnOf({ ...one, id: one.turn })), ...unsent];
      this.#listener.replaced();
      return;
    }
    turns.forEach((one, at) => {
      const mine = here[at];
      if (mine === undefined) this.#add(turnOf({ ...one, id: one.turn }));
      else if (mine.id === null && mine.role === "customer") mine.id = one.turn;
      else if (mine.id === null) this.#add(Object.assign(mine, turnOf({ ...one, id: one.turn })));
    });
  }

  #add(turn: Turn): void {
    if (!this.turns.includes(turn)) this.turns.push(turn);
    this.#listener.changed(turn);
  }

  /** The customer's message as it stands here now. */
  #here(said: Turn): Turn | undefined {
    return this.turns.includes(said) ? said : this.turns.findLast((one) => one.role === "customer");
  }

  #fail(error: unknown, said: Turn, reply: Turn): void {
    const mine = this.#here(said);
    this.turns = this.turns.filter((one) => one !== reply);
    if (mine !== undefined) mine.state = "failed";
    // What the server refused or could not do is over; what it never received may be sent again under the same key.
    if (error instanceof Problem) this.#memory.keep({ pending: null });
    this.#listener.replaced();
    this.#listener.status(wordOf(error), true);
  }

  #begin(): Promise<void> {
    if (this.begun) return Promise.resolve();
    this.#beginning ??= this.#client
      .begin()
      .then((session) => {
        this.#memory.keep({ token: session.token, expires: Date.now() + session.expires_in_seconds * 1000 });
      })
      .finally(() => {
        this.#beginning = null;
      });
    return this.#beginning;
  }

  /** The session is over: what was said cannot be read any more; a message under way goes into a new one. */
  #end(pending: Pending | null): void {
    const had = this.turns.some((one) => one.role !== "customer");
    this.#client.token = null;
    this.#memory.forget();
    this.#memory.keep({ pending });
    this.turns = this.turns.filter((one) => one.role === "customer" && one.text === pending?.text).slice(-1);
    this.notice = had ? "ended" : this.notice;
    this.#setHandoff(null);
    this.#listener.replaced();
  }

  #setHandoff(handoff: Handoff | null): void {
    if (JSON.stringify(handoff) === JSON.stringify(this.handoff)) return;
    this.handoff = handoff;
    this.#listener.handedOff(handoff);
  }
}

interface Stream {
  readonly pending: Pending;
  readonly reply: Turn;
  lastEvent: string | null;
  readonly seen: Set<string>;
}

function turnOf(values: Partial<Turn> & Pick<Turn, "role" | "text">): Turn {
  return {
    id: null,
    kind: null,
    language: null,
    citations: [],
    choices: [],
    agent: null,
    state: "said",
    ...values,
  };
}

function isSame(mine: Turn, stored: StoredTurn | undefined): boolean {
  return stored !== undefined && mine.role === stored.role && (mine.id === null || mine.id === stored.turn);
}

function newKey(): string {
  // `randomUUID` is there in secure contexts only.
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}
