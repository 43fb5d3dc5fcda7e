/** Sending one file, with word of how far it is: fetch() cannot tell that. */
import { api, ApiError, authorised, errorOf, type Schemas, unreachable } from "@/client/api";

export type Uploaded = Schemas["UploadBody"];
export type OnSent = (share: number) => void;

/** Upload a file under a name that may hold folders. Throws an ApiError, or AbortError. */
export async function sendFile(
  collectionId: string,
  file: File,
  name: string,
  onSent: OnSent,
  signal: AbortSignal,
): Promise<Uploaded> {
  const attempt = () => authorised((proof) => post(collectionId, file, name, proof, onSent, signal));
  const response = await attempt().catch(async (error: unknown) => {
    if (!(error instanceof ApiError) || signal.aborted) throw error;
    // A refusal that comes before the whole file was sent is seen as a broken connection only. Any
    // other call brings an ended session to light, and fails when the server is really gone.
    await api.GET("/api/v1/auth/session", { signal });
    return attempt();
  });
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as Uploaded;
}

function post(
  collectionId: string,
  file: File,
  name: string,
  proof: string,
  onSent: OnSent,
  signal: AbortSignal,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.set("name", name);
    form.set("file", file);
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/collections/${collectionId}/documents`);
    request.setRequestHeader("X-CSRF-Token", proof);
    request.upload.onprogress = (event) => onSent(event.total ? event.loaded / event.total : 0);
    request.onload = () => resolve(new Response(request.responseText, { status: request.status }));
    request.onerror = () => reject(unreachable());
    const abort = () => {
      request.abort();
      reject(new DOMException("Stopped.", "AbortError"));
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort);
    request.onloadend = () => signal.removeEventListener("abort", abort);
    request.send(form);
  });
}
