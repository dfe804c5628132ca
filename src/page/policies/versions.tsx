import type { VersionReport } from "../../core/report/policy_version.ts";
import type { Answer } from "../call.ts";
import type { PageContext } from "../context.ts";
import { Pager } from "../frame/pager.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { Scroll } from "../frame/scroll.tsx";
import { Time } from "../frame/values.tsx";
import { pathOf } from "./edit.tsx";

interface VersionsPage {
  readonly data: readonly VersionReport[];
  readonly next_cursor: string | null;
}

/** A page of a policy's versions, the newest first. */
export function readVersions(c: PageContext, id: string): Promise<Answer<VersionsPage>> {
  const cursor = c.req.query("cursor");
  const query = new URLSearchParams({ limit: "10", ...(cursor === undefined ? {} : { cursor }) });
  return c.get("api").get(`${pathOf(id)}/versions?${query.toString()}`);
}

interface VersionsProps {
  readonly c: PageContext;
  readonly id: string;
  readonly versions: Answer<VersionsPage>;
}

/** Who wrote a policy, when, and what. A policy that no tick has seen yet may have no version. */
export function Versions({ c, id, versions }: VersionsProps) {
  if (!versions.ok) {
    return versions.problem.code === "policy_not_found" ? null : (
      <ProblemNote problem={versions.problem} />
    );
  }
  const now = c.get("deps").now();
  return (
    <section aria-labelledby="versions">
      <h2 id="versions">Its versions</h2>
      <Scroll label="Table of versions">
        <table>
          <thead>
            <tr>
              <th scope="col" class="number">
                No.
              </th>
              <th scope="col">Written</th>
              <th scope="col">By</th>
              <th scope="col">First plan</th>
              <th scope="col">Document</th>
            </tr>
          </thead>
          <tbody>
            {versions.value.data.map((version) => (
              <tr>
                <th scope="row" class="number">
                  {version.no}
                </th>
                <td>
                  <Time at={version.at} now={now} />
                </td>
                <td>{version.writer ?? "an edit in KV"}</td>
                <td>
                  <FirstPlan version={version} now={now} />
                </td>
                <td>
                  <Written policy={version.policy} no={version.no} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <Pager path={`/policies/${id}`} query={{}} next={versions.value.next_cursor} />
    </section>
  );
}

function FirstPlan({ version, now }: { readonly version: VersionReport; readonly now: number }) {
  const { trusted_at: at, trusted_by: by } = version;
  return at === null ? (
    <span class="soft">has not run live</span>
  ) : (
    <>
      {by === null ? "began without approval" : `approved by ${by}`}, <Time at={at} now={now} />
    </>
  );
}

function Written({
  policy,
  no,
}: {
  readonly policy: VersionReport["policy"];
  readonly no: number;
}) {
  return policy === null ? (
    <span class="soft">removed</span>
  ) : (
    <details>
      <summary>Version {no}</summary>
      <pre tabindex={0}>{JSON.stringify(policy, null, 2)}</pre>
    </details>
  );
}
