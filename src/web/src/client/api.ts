/**
 * The one door to the server: typed by its OpenAPI document, signed in by cookies.
 *
 * A request that finds the session ended renews it once; when that fails too it waits until the
 * person has signed in again, and is then repeated. So nothing typed is lost to an expired session.
 */
import createClient, { type Middleware } from "openapi-fetch";

import type { components, paths } from "./schema";

export type { operations } from "./schema";

export type Schemas = components["schemas"];
export type Session = Schemas["SessionBody"];
type Problem = Schemas["ErrorDetail"];

/** An answer of the server that is not the wanted one, in its own words. */
export class ApiError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly requestId: string | null;

  constructor(
    readonly status: number,
    problem: Pick<Problem, "code" | "message" | "hint"> & Partial<Problem>,
  ) {
    super(problem.message);
    this.name = "ApiError";
    this.code = problem.code;
    this.hint = problem.hint;
    this.requestId = problem.request_id ?? null;
  }
}

const REFRESH = "/api/v1/auth/session/refresh";
const SIGN_IN = "/api/v1/auth/session";

let csrfToken = "";
let renewing: Promise<boolean> | null = null;
let askForSignIn: (() => Promise<void>) | null = null;

/** Take over a session that began or was renewed. */
export function takeOverSession(session: Session): void {
  csrfToken = session.csrf_token;
}

/** Say how to have the person sign in again; it resolves when they did. */
export function onSessionEnd(ask: (() => Promise<void>) | null): void {
  askForSignIn = ask;
}

/** fetch() with the session's proof, renewed when it has ended. */
export async function authorisedFetch(request: Request): Promise<Response> {
  if (isSignIn(request)) return send(request);
  // A body can be sent once only.
  return authorised(() => send(request.clone()));
}

/** What `attempt` gets with the session's proof; once more when it finds the session ended. */
export async function authorised(attempt: (proof: string) => Promise<Response>): Promise<Response> {
  const response = await attempt(csrfToken);
  if (response.status !== 401 || !askForSignIn) return response;
  if (!(await renew())) await askForSignIn();
  return attempt(csrfToken);
}

/** That nothing came back. */
export function unreachable(): ApiError {
  return new ApiError(0, {
    code: "unreachable",
    message: "The server cannot be reached.",
    hint: "Check the network, then try again. What you typed is still here.",
  });
}

async function send(request: Request): Promise<Response> {
  if (request.method !== "GET" && csrfToken) request.headers.set("X-CSRF-Token", csrfToken);
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable();
  }
}

function isSignIn(request: Request): boolean {
  const path = new URL(request.url).pathname;
  return path === REFRESH || (path === SIGN_IN && request.method === "POST");
}

/** Renew the session, once for all requests and tabs that find it ended at the same time. */
function renew(): Promise<boolean> {
  renewing ??= withLock(refresh).finally(() => {
    renewing = null;
  });
  return renewing;
}

async function withLock(work: () => Promise<boolean>): Promise<boolean> {
  // Locks exist in secure contexts alone; elsewhere the server forgives two tabs a few seconds.
  return "locks" in navigator ? navigator.locks.request("rag-session", work) : work();
}

async function refresh(): Promise<boolean> {
  const response = await send(new Request(REFRESH, { method: "POST" }));
  if (!response.ok) return false;
  takeOverSession((await response.json()) as Session);
  return true;
}

const raise: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await errorOf(response);
    return undefined;
  },
};

/** The error in a response's body, or one that says what came instead. */
export async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  if (hasError(body)) return new ApiError(response.status, body.error);
  return new ApiError(response.status, {
    code: "unexpected",
    message: `The server answered ${response.status}.`,
    hint: "Try again; if it stays so, tell your administrator.",
  });
}

function hasError(body: unknown): body is { error: Problem } {
  return typeof body === "object" && body !== null && "error" in body;
}

const client = createClient<paths>({ baseUrl: window.location.origin, fetch: authorisedFetch });
client.use(raise);

/** The typed calls. Each resolves with ``data`` or throws an ApiError. */
export const api = client;

/** The body of a call that succeeded. */
export function body<T>(result: { data?: T }): T {
  // Only a failed call lacks a body, and those throw.
  return result.data as T;
}
