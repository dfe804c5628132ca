import { beforeEach } from "vitest";
import { forgetLines, keepLines, showLines } from "./quiet_console.ts";

// What the Worker logs is shown under a test that fails, and nowhere else.
keepLines();

beforeEach(({ task, onTestFailed }) => {
  forgetLines();
  onTestFailed(() => showLines(`logged in "${task.name}":`));
});
