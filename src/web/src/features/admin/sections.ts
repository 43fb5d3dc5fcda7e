/** The parts of the administration, and who may open which. */
import type { Session } from "@/client/api";

type Role = Session["user"]["role"];

const ADMIN = ["people", "groups", "programs", "keys"] as const;

export type Section = (typeof ADMIN)[number];

/** What someone of this role finds in the administration; the first is where it opens. */
export function sectionsOf(role: Role): readonly Section[] {
  return role === "admin" ? ADMIN : [];
}
