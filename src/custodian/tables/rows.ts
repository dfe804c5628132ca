import { Batches } from "./batches.ts";
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

/** The rows of jobs and their plans, by what is asked of them. */
export interface Rows {
  readonly jobs: Jobs;
  readonly plan: Plan;
  readonly plan_order: PlanOrder;
  readonly forecasts: Forecasts;
  readonly lookup: PlanLookup;
  readonly outcomes: Outcomes;
  readonly children: Children;
  readonly family: Family;
  readonly followers: Followers;
  readonly differences: Differences;
  readonly batches: Batches;
}

/** Opens the rows of an object, and makes the tables that are not there yet. */
export function openRows(sql: SqlStorage): Rows {
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
    batches: new Batches(sql),
  };
}
