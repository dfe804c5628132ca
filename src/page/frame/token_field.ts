/** The field of every form that holds the token of who is signed in. */
export const TOKEN_FIELD = "form_token";
