import type { SyntheticEvent } from "react";

/** What was typed into a form that is being sent, by the fields' names. */
export function submitted(event: SyntheticEvent<HTMLFormElement>): (name: string) => string {
  event.preventDefault();
  const data = new FormData(event.currentTarget);
  return (name) => {
    const value = data.get(name);
    return typeof value === "string" ? value : "";
  };
}
