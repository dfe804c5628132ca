import type { VersionReport } from "../../core/report/policy_version.ts";
import type { Answer } from "../call.ts";
import type { PageContext } from "../context.ts";
import { Pager, queryOf, readList, type List } from "../frame/list.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { Table } from "../frame/table.tsx";
import { Time } from "../frame/values.tsx";
import { pathOf } from "./edit.tsx";

/** A page of a policy's versions, the newest first. */
export function readVersions(c: PageContext, id: string) {
  return readList<VersionReport>(c, `${pathOf(id)}/versions`, queryOf(c), 10);
}

interface VersionsProps {
  readonly c: PageContext;
  readonly id: string;
  readonly versions: Answer<List<VersionReport>>;
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
      <Table
        label="Table of versions"
        heads={[{ figures: "No." }, "Written", "By", "First plan", "Document"]}
        rows={versions.value.data.map((version) => (
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
              <Written version={version} />
            </td>
          </tr>
        ))}
      />
      <Pager path={`/policies/${id}`} next={versions.value.next_cursor} />
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

function Written({ version: { policy, no } }: { readonly version: VersionReport }) {
  return policy === null ? (
    <span class="soft">removed</span>
  ) : (
    <details>
      <summary>Version {no}</summary>
      <pre tabindex={0}>{JSON.stringify(policy, null, 2)}</pre>
    </details>
  );
}
