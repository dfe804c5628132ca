import type { Child } from "hono/jsx";
import type { Who } from "../../core/report/who.ts";
import { Time } from "./values.tsx";

/** One fact of a list of them: its name, and what it is. */
export function Fact({ name, children }: { readonly name: string; readonly children: Child }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

interface PeopleProps {
  readonly name: string;
  readonly people: readonly (Who | null)[];
  readonly now: number;
}

/** Who did something and when, as a fact; nobody: nothing. */
export function People({ name, people, now }: PeopleProps) {
  const known = people.filter((one) => one !== null);
  return known.length === 0 ? null : (
    <Fact name={name}>
      {known.map(({ name: who, at }) => (
        <p>
          {who}, <Time at={at} now={now} />
        </p>
      ))}
    </Fact>
  );
}
