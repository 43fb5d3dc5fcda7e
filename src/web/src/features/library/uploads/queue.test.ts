import { describe, expect, it, vi } from "vitest";

import { ApiError, type Schemas } from "@/client/api";

import { type Doors, type Upload, UploadQueue } from "./queue";
import type { OnSent, Uploaded } from "./send";

type Job = Schemas["JobBody"];

const job = (change: Partial<Job>): Job => ({ id: "j", status: "running", stage: "parsing", done: 0, total: 1, ...change }) as Job;
const files = (...names: string[]) => names.map((name) => ({ name, file: new File(["x"], name) }));
const phases = (queue: UploadQueue) => queue.items().map(({ phase }) => phase);

interface Sending {
  name: string;
  onSent: OnSent;
  arrive: (outcome?: Uploaded["outcome"]) => void;
  break: (error: unknown) => void;
}

/** A queue whose files arrive, and whose jobs go on, when the test says so. */
function makeQueue(doors: Partial<Doors> = {}) {
  const sending: Sending[] = [];
  const jobs = new Map<string, (job: Job) => void>();
  const queue = new UploadQueue({
    send: (_, _file, name, onSent, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new DOMException("Stopped.", "AbortError")));
        const arrive = (outcome: Uploaded["outcome"] = "created") =>
          resolve({ outcome, document: { id: `d-${name}` }, job_id: outcome === "unchanged" ? null : name } as Uploaded);
        sending.push({ name, onSent, arrive, break: reject });
      }),
    follow: async function* (id) {
      for (;;) {
        const next = await new Promise<Job>((resolve) => jobs.set(id, resolve));
        yield next;
        if (next.status !== "running") return;
      }
    },
    cancelJob: () => Promise.resolve(job({ status: "cancelled" })),
    retry: () => Promise.resolve(job({ id: "again" })),
    ...doors,
  });
  return { queue, sending, jobs };
}

const until = (check: () => void) => vi.waitFor(check, { interval: 1 });
const find = (queue: UploadQueue, name: string): Upload => {
  const item = queue.items().find((one) => one.name === name);
  if (!item) throw new Error(`no ${name}`);
  return item;
};

describe("the queue of uploads", () => {
  it("goes on after a reload with what was sent, and says what was not", async () => {
    const before = makeQueue();
    before.queue.add("shelf", files("a", "b", "c", "d"));
    before.sending[0]?.arrive();
    before.sending[1]?.break(new ApiError(413, { code: "payload_too_large", message: "Too large.", hint: "" }));
    await until(() => expect(phases(before.queue)).toEqual(["reading", "failed", "sending", "sending"]));
    const kept = JSON.stringify(before.queue.items().map((item) => ({ ...item, file: null })));

    const { queue, jobs } = makeQueue();
    queue.restore(JSON.parse(kept) as Upload[]);
    expect(phases(queue)).toEqual(["reading", "failed", "unsent", "unsent"]);
    expect(find(queue, "b").problem?.message).toBe("Too large.");
    await until(() => expect(jobs.has("a")).toBe(true));
    jobs.get("a")?.(job({ status: "succeeded" }));
    await until(() => expect(find(queue, "a").phase).toBe("done"));
    queue.add("shelf", files("e"));
    expect(new Set(queue.items().map(({ id }) => id)).size).toBe(5);
    // There is no file to send again.
    await queue.retry(find(queue, "b").id);
    expect(find(queue, "b").phase).toBe("failed");
  });

  it("sends two at a time and follows each to its end", async () => {
    const { queue, sending, jobs } = makeQueue();
    queue.add("shelf", files("a", "b", "c"));
    expect(phases(queue)).toEqual(["sending", "sending", "waiting"]);
    sending[0]?.onSent(0.5);
    expect(find(queue, "a").sent).toBe(0.5);
    sending[0]?.arrive();
    await until(() => expect(phases(queue)).toEqual(["reading", "sending", "sending"]));
    await until(() => expect(jobs.has("a")).toBe(true));
    jobs.get("a")?.(job({ stage: "embedding", done: 3, total: 9 }));
    await until(() => expect(find(queue, "a").job?.done).toBe(3));
    jobs.get("a")?.(job({ status: "succeeded" }));
    await until(() => expect(find(queue, "a").phase).toBe("done"));
    expect(find(queue, "a").documentId).toBe("d-a");
  });

  it("follows two at a time, the rest when there is room", async () => {
    const { queue, sending, jobs } = makeQueue();
    queue.add("shelf", files("a", "b", "c"));
    for (const name of ["a", "b", "c"]) {
      await until(() => expect(sending.some((one) => one.name === name)).toBe(true));
      sending.find((one) => one.name === name)?.arrive();
    }
    await until(() => expect(phases(queue)).toEqual(["reading", "reading", "reading"]));
    await until(() => expect([...jobs.keys()]).toEqual(["a", "b"]));
    jobs.get("b")?.(job({ status: "succeeded" }));
    await until(() => expect([...jobs.keys()]).toContain("c"));
  });

  it("says that the same file was there already", async () => {
    const { queue, sending } = makeQueue();
    queue.add("shelf", files("a"));
    sending[0]?.arrive("unchanged");
    await until(() => expect(phases(queue)).toEqual(["unchanged"]));
  });

  it("keeps the server's reason, and sends the file again", async () => {
    const { queue, sending } = makeQueue();
    queue.add("shelf", files("a"));
    sending[0]?.break(new ApiError(413, { code: "payload_too_large", message: "Too large.", hint: "Split it." }));
    await until(() => expect(find(queue, "a").problem).toMatchObject({ message: "Too large.", hint: "Split it." }));
    void queue.retry(find(queue, "a").id);
    expect(find(queue, "a")).toMatchObject({ phase: "sending", problem: null });
    sending[1]?.arrive();
    await until(() => expect(phases(queue)).toEqual(["reading"]));
  });

  it("has a file that could not be read tried again by the server, not sent again", async () => {
    const { queue, sending, jobs } = makeQueue();
    queue.add("shelf", files("a"));
    sending[0]?.arrive();
    await until(() => expect(jobs.has("a")).toBe(true));
    const error = { code: "empty_file", message: "Nothing in it.", hint: "Check it." };
    jobs.get("a")?.(job({ status: "failed", error }));
    await until(() => expect(find(queue, "a")).toMatchObject({ phase: "failed", problem: error }));
    await queue.retry(find(queue, "a").id);
    await until(() => expect(jobs.has("again")).toBe(true));
    expect(sending).toHaveLength(1);
  });

  it("stops what is being sent, and goes on with the next", async () => {
    const { queue, sending } = makeQueue();
    queue.add("shelf", files("a", "b", "c"));
    await queue.cancel(find(queue, "a").id);
    expect(find(queue, "a").phase).toBe("cancelled");
    await until(() => expect(sending.map(({ name }) => name)).toEqual(["a", "b", "c"]));
    expect(find(queue, "a").phase).toBe("cancelled");
  });

  it("calls a job off, unless it was done before", async () => {
    const cancelJob = vi.fn(() => Promise.resolve(job({ status: "cancelled" })));
    const { queue, sending, jobs } = makeQueue({ cancelJob });
    queue.add("shelf", files("a", "b"));
    sending[0]?.arrive();
    sending[1]?.arrive();
    await until(() => expect(jobs.size).toBe(2));
    await queue.cancel(find(queue, "a").id);
    expect(find(queue, "a").phase).toBe("cancelled");
    cancelJob.mockRejectedValue(new ApiError(409, { code: "conflict", message: "Done.", hint: "" }));
    await queue.cancel(find(queue, "b").id);
    expect(find(queue, "b").phase).toBe("reading");
    jobs.get("b")?.(job({ status: "succeeded" }));
    await until(() => expect(find(queue, "b").phase).toBe("done"));
  });

  it("forgets what is settled, or everything", async () => {
    const { queue, sending } = makeQueue();
    queue.add("shelf", files("a", "b"));
    sending[0]?.arrive("unchanged");
    await until(() => expect(phases(queue)).toEqual(["unchanged", "sending"]));
    queue.clear();
    expect(phases(queue)).toEqual(["sending"]);
    queue.abandon();
    expect(queue.items()).toEqual([]);
  });

  it("tells those who listen", () => {
    const { queue } = makeQueue();
    const listener = vi.fn();
    const stop = queue.subscribe(listener);
    queue.add("shelf", files("a"));
    expect(listener).toHaveBeenCalled();
    stop();
    listener.mockClear();
    queue.abandon();
    expect(listener).not.toHaveBeenCalled();
  });
});
