import type { WebhookConfig } from "../../config/webhooks.ts";
import type { Dialect } from "./dialect.ts";
import { standardDialect } from "./standard.ts";

/** The dialects that WEBHOOKS may name. */
export const DIALECTS: Readonly<Record<WebhookConfig["dialect"], Dialect>> = {
  standard: standardDialect,
};
