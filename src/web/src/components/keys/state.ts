import type { ApiKey } from "./queries";

/** Whether a key works, and if not, why. */
export function stateOf(key: Pick<ApiKey, "revoked_at" | "expires_at">, now: Date): "live" | "revoked" | "expired" {
  if (key.revoked_at) return "revoked";
  return new Date(key.expires_at) <= now ? "expired" : "live";
}
