import type { Who } from "../../core/report/who.ts";
import { Time } from "./values.tsx";

/** Who did something and when, as a row of facts; nobody: no row. */
export function People({
  name,
  people,
  now,
}: {
  readonly name: string;
  readonly people: readonly Who[];
  readonly now: number;
}) {
  return people.length === 0 ? null : (
    <>
      <dt>{name}</dt>
      <dd>
        {people.map(({ name: who, at }) => (
          <p>
            {who}, <Time at={at} now={now} />
          </p>
        ))}
      </dd>
    </>
  );
}
