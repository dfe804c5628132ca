import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** More than any page has places to stop at. */
const MOST_STOPS = 300;

/** Presses Tab until something has the focus, and sees that the focus shows. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let stops = 0; stops < MOST_STOPS; stops++) {
    await page.keyboard.press("Tab");
    const focused = await target.evaluate((element) => element.matches(":focus-visible"));
    if (focused) {
      const outline = await page.evaluate<string>(
        "getComputedStyle(document.activeElement).outlineStyle",
      );
      expect(outline).not.toBe("none");
      return;
    }
  }
  throw new Error(`Tab does not lead to ${String(target)}`);
}
