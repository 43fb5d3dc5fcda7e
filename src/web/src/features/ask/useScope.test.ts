import { expect, it } from "vitest";

import type { Message } from "./answer";
import { lastScope } from "./useScope";

const message = (role: string, filters: Message["filters"]) => ({ role, filters }) as Message;

it("takes over what the last question was put to", () => {
  const messages = [
    message("user", { collection_ids: ["a"] }),
    message("assistant", {}),
    message("user", { document_ids: ["d", "e"], top_k: 3 }),
    message("assistant", { collection_ids: ["x"] }),
  ];
  expect(lastScope(messages)).toEqual({ collections: [], documents: ["d", "e"] });
  expect(lastScope([])).toEqual({ collections: [], documents: [] });
});
