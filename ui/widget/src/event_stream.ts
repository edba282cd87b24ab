const HANG_MS = 3000;

/** One server-sent event. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
  readonly id: string | null;
}

/** Reads server-sent events (WHATWG HTML, 9.2) from a response, and lets go of it when nothing comes for too long. */
export async function* readEvents(body: ReadableStream<Uint8Array>, stallMs: number): AsyncGenerator<StreamEvent> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  let name = "";
  let data: string[] = [];
  let id: string | null = null;
  try {
    for (;;) {
      const { done, value } = await withTimeout(reader.read(), stallMs);
      if (done) return;
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length > 0) yield { name: name || "message", data: data.join("\n"), id };
          [name, data, id] = ["", [], null];
          continue;
        }
        const at = line.indexOf(":");
        const field = at < 0 ? line : line.slice(0, at);
        const content = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
        if (field === "event") name = content;
        else if (field === "data") data.push(content);
        else if (field === "id") id = content;
      }
    }
  } finally {
    void drain(reader);
  }
}

/** Lets the server end the response by itself; only what is left hanging is cut off. */
async function drain(reader: ReadableStreamDefaultReader<string>): Promise<void> {
  const hanging = setTimeout(() => void reader.cancel().catch(() => undefined), HANG_MS);
  try {
    while (!(await reader.read()).done);
  } catch {
    // It broke off, which nobody waits for any more.
  }
  clearTimeout(hanging);
}

function withTimeout<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer = 0;
  const late = new Promise<never>((_, reject) => {
    timer = window.setTimeout(() => reject(new TypeError("nothing came for too long")), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
