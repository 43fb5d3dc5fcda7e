/** The parts of the administration, and who may open which. */
import type { Session } from "@/client/api";

type Role = Session["user"]["role"];

const ADMIN = ["overview", "people", "groups", "programs", "keys", "limits", "feedback", "settings"] as const;
const AUDITOR = ["audit"] as const;

export type Section = (typeof ADMIN)[number] | (typeof AUDITOR)[number];

/** What someone of this role finds in the administration; the first is where it opens. */
export function sectionsOf(role: Role): readonly Section[] {
  if (role === "admin") return ADMIN;
  return role === "auditor" ? AUDITOR : [];
}
