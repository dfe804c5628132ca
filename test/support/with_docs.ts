// In tests each answer is held against the OpenAPI document, so what it is made of is there. The bundle of a
// deployment has none of that (`[define]` in wrangler.toml, which these tests also read).
globalThis.LETHE_DOCS = true;
