import { Problem } from "./client";
import type { Word } from "./words";

const BACKOFF_MS = [300, 1000, 2000, 4000, 8000, 8000] as const;
const WAIT_LIMIT_MS = 30_000;
/** What a timer can count. */
export const LONGEST_MS = 2 ** 31 - 1;

/** The server took the message and could not answer it. */
export class Failed extends Problem {}

/** The session, or what was said in it, is not there any more. */
export function isGone(error: unknown): boolean {
  return error instanceof Problem && !(error instanceof Failed) && (error.status === 401 || error.kind === "unknown-conversation");
}

/** How long to wait before the next attempt; null where another one would not help. */
export function waitAfter(error: unknown, attempt: number): number | null {
  const planned = BACKOFF_MS[attempt];
  if (planned === undefined || error instanceof Failed) return null;
  if (!(error instanceof Problem)) return error instanceof TypeError ? planned : null;
  if (isGone(error)) return attempt < 2 ? 0 : null;
  if (![409, 425, 429, 502, 503, 504].includes(error.status)) return null;
  const wait = Math.max(error.retryAfterMs ?? 0, planned);
  return wait <= WAIT_LIMIT_MS ? wait : null;
}

/** What the customer is told of it. */
export function wordOf(error: unknown): Word {
  if (!(error instanceof Problem)) return "unavailable";
  if (error.status === 429) return "busy";
  if (error.status === 503 || error.status === 502) return "unavailable";
  return error.status === 413 || error.status === 422 ? "refused" : "failed";
}

/** Waits so long, or until the browser has a connection again. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    }
    addEventListener("online", done, { once: true });
  });
}
