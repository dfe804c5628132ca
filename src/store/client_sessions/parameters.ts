import * as z from "zod";
import { parseTimestamp } from "../../core/values/timestamp.ts";

// The parameters of the seven endpoints, as Seam's interface declares them.

// Half a character is stored as another one, U+FFFD: two people's keys would be one.
const text = z.string().refine((value) => !/\p{Cs}/u.test(value), "Not Unicode");
const key = text.min(1);
const uuid = z.guid();
const date = z.string().refine((value) => parseTimestamp(value) !== null, "Invalid datetime");

const created = {
  user_identifier_key: key.optional(),
  user_identity_id: uuid.optional(),
  user_identity_ids: z.array(uuid).length(1).optional(),
  connect_webview_ids: z.array(text).optional(),
  connected_account_ids: z.array(text).optional(),
  expires_at: date.optional(),
};

export const GetInput = z.object({
  client_session_id: uuid.optional(),
  user_identifier_key: key.optional(),
});

export const ListInput = z.object({
  client_session_id: key.optional(),
  user_identifier_key: key.optional(),
  connect_webview_id: text.nullable().optional(),
  user_identity_id: text.nullable().optional(),
  without_user_identifier_key: z.boolean().optional(),
});

/** Both delete and revoke. */
export const OneSessionInput = z.object({ client_session_id: uuid });

export const GetOrCreateInput = z.object(created).superRefine(oneIdentity);

export const CreateInput = z
  .object({ ...created, customer_id: text.optional(), customer_key: key.optional() })
  .superRefine(oneIdentity);

const granted = {
  client_session_id: text.optional(),
  user_identifier_key: key.optional(),
  connect_webview_ids: z.array(text).optional(),
  connected_account_ids: z.array(text).optional(),
  user_identity_id: text.optional(),
  user_identity_ids: z.array(text).length(1).optional(),
};

export const GrantAccessInput = z
  .object(granted)
  .superRefine(oneIdentity)
  .superRefine((input, context) => {
    if (Object.values(input).every((value) => value === undefined)) {
      const message = `At least one of ${Object.keys(granted).join(", ")} is required`;
      context.addIssue({ code: "custom", message });
    }
  });

interface Identities {
  readonly user_identity_id?: string | undefined;
  readonly user_identity_ids?: readonly string[] | undefined;
}

/** The identity that a request names, by the current parameter or the deprecated one. */
export function identityOf(input: Identities): string | undefined {
  return input.user_identity_id ?? input.user_identity_ids?.[0];
}

function oneIdentity(input: Identities, context: z.RefinementCtx): void {
  const [listed] = input.user_identity_ids ?? [];
  if (
    listed !== undefined &&
    input.user_identity_id !== undefined &&
    listed !== input.user_identity_id
  ) {
    context.addIssue({
      code: "custom",
      path: ["user_identity_ids"],
      message: "Names another identity than user_identity_id",
    });
  }
}
