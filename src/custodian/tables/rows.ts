import { Batches } from "./batches.ts";
import { HeldBackTable } from "./held_back.ts";
import { Differences } from "./differences.ts";
import { Family } from "./family/family.ts";
import { Followers } from "./family/followers.ts";
import { Jobs } from "./jobs.ts";
import { Children } from "./family/children.ts";
import { Forecasts } from "./forecasts.ts";
import { Plan } from "./plan/plan.ts";
import { PlanLookup } from "./plan/lookup.ts";
import { PlanOrder } from "./plan/order.ts";
import { Outcomes } from "./plan/outcomes.ts";
import { createTables } from "./schema.ts";

/** Opens the rows of an object, and makes the tables that are not there yet. */
export function openRows(sql: SqlStorage) {
  createTables(sql);
  return {
    jobs: new Jobs(sql),
    plan: new Plan(sql),
    plan_order: new PlanOrder(sql),
    forecasts: new Forecasts(sql),
    lookup: new PlanLookup(sql),
    outcomes: new Outcomes(sql),
    children: new Children(sql),
    family: new Family(sql),
    followers: new Followers(sql),
    differences: new Differences(sql),
    held_back: new HeldBackTable(sql),
    batches: new Batches(sql),
  };
}

/** The rows of jobs and their plans, by what is asked of them. */
export type Rows = Readonly<ReturnType<typeof openRows>>;
