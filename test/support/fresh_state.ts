import { reset } from "cloudflare:test";
import { vi } from "vitest";

// All files of one worker run in one workerd, which takes seconds to start: each begins with storage that is
// empty, with objects of its own, and with the platform as it is.
vi.restoreAllMocks();
vi.unstubAllGlobals();
await reset();
