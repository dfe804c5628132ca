import { reset } from "cloudflare:test";
import { beforeEach, vi } from "vitest";
import { forgetLines, showLines } from "./quiet_console.ts";

// All files of one worker run in one workerd, which takes seconds to start: each begins with storage that is
// empty, with objects of its own, and with the globals of the platform.
vi.unstubAllGlobals();
await reset();

// What the Worker logs is shown under a test that fails, and nowhere else.
beforeEach(({ task, onTestFailed }) => {
  forgetLines();
  onTestFailed(() => showLines(`logged in "${task.name}":`));
});
