/** Which events to show, as it stands in the address. */
export interface Filter {
  actor: string;
  event: string;
  target: string;
  outcome: string;
  since: string;
  until: string;
}

export const NAMES = ["actor", "event", "target", "outcome", "since", "until"] as const;

/** The filter of an address. */
export function filterOf(params: URLSearchParams): Filter {
  const value = (name: keyof Filter) => params.get(name)?.trim() ?? "";
  return {
    actor: value("actor"),
    event: value("event"),
    target: value("target"),
    outcome: value("outcome"),
    since: value("since"),
    until: value("until"),
  };
}

/** As the server takes it: days are whole days of the viewer's clock. */
export function asQuery(filter: Filter) {
  const outcome: "success" | "failure" | null =
    filter.outcome === "success" || filter.outcome === "failure" ? filter.outcome : null;
  return {
    actor: filter.actor || null,
    event: filter.event || null,
    target: filter.target || null,
    outcome,
    since: startOf(filter.since, 0),
    until: startOf(filter.until, 1),
  };
}

/** Where everything that fits can be fetched from. */
export function exportAddress(filter: Filter, format: "jsonl" | "csv"): string {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(asQuery(filter))) if (value) query.set(name, value);
  return `/api/v1/audit/export?${query.toString()}`;
}

function startOf(day: string, later: number): string | null {
  const [year, month, date] = day.split("-").map(Number);
  if (!year || !month || !date) return null;
  return new Date(year, month - 1, date + later).toISOString();
}
