import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SweepReport } from "../../../src/core/report/sweep.ts";
import { tabTo } from "./keyboard.ts";
import { prepare, type Setting } from "./setting.ts";
import { openWorld, type World } from "./world.ts";

const WIDTHS = [360, 768, 1280] as const;
const THEMES = ["light", "dark"] as const;

let world: World;
let setting: Setting;

beforeAll(async () => {
  world = await openWorld();
  setting = await prepare(world);
});
afterAll(() => world.close());

/** What axe finds, each with where; asked from outside the page, whose policy lets no script in. */
async function violations(page: Page): Promise<string[]> {
  // It is large: a page that is looked at again has it already.
  if (!(await page.evaluate<boolean>('"axe" in window'))) {
    await page.evaluate(axe.source);
  }
  const results = await page.evaluate<axe.AxeResults>("axe.run()");
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary}`),
  );
}

/** Opens the first page again, with a clock that can be put forward. */
async function withClock(page: Page): Promise<void> {
  await page.clock.install();
  await page.goto("/");
}

/** Puts the clock forward by the time after which a page asks for a fresh copy of itself. */
async function passTime(page: Page): Promise<void> {
  await page.clock.fastForward(5000);
}

it("notices what a page must not do", async () => {
  const { page, context, complaints } = await world.signedIn();
  await page.evaluate(
    `document.body.insertAdjacentHTML("beforeend", '<img src="https://elsewhere.invalid/a.png"><b style="color: red">')`,
  );
  for (const what of ["asked https://elsewhere.invalid", "img-src 'self'", "style-src 'self'"]) {
    await expect.poll(() => complaints.join()).toContain(what);
  }
  await context.close();
});

// The tests are in order: what the last ones decide, the first ones look at undecided.
it.each(WIDTHS)("every page, %i px wide, in both themes", async (width) => {
  const { page, context, complaints } = await world.signedIn({ viewport: { width, height: 800 } });
  const found: string[] = [];
  for (const path of setting.paths) {
    await page.goto(path);
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme });
      const wide = await page.evaluate<number>("document.documentElement.scrollWidth");
      if (wide > width) {
        found.push(`${path} is ${wide} px wide (${colorScheme})`);
      }
      found.push(...(await violations(page)).map((what) => `${path} (${colorScheme}): ${what}`));
    }
  }
  await context.close();
  expect([...found, ...complaints]).toEqual([]);
});

it("pages that a form answers", async () => {
  const { page, context, complaints } = await world.signedIn();
  const found: string[] = [];
  await page.goto(`/sweeps/${setting.braked}/plan`);
  const id = (await page.locator("tbody th code").first().textContent()) ?? "";
  await page.getByRole("button", { name: "Leave it out" }).first().click();
  expect(await page.getByLabel("Session id").inputValue()).toBe(id);
  found.push(...(await violations(page)));
  await page.goto("/explain");
  await page.getByLabel("Source").selectOption("client_sessions");
  await page.getByLabel("Workspace or agent").fill("nowhere");
  await page.getByLabel("Session id").fill("none");
  await page.getByRole("button", { name: "Explain" }).click();
  found.push(...(await violations(page)));
  await page.goto("/nowhere");
  await page.getByRole("link", { name: "Go to the overview" }).waitFor();
  found.push(...(await violations(page)));
  await page.goto("/policies/idle");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("link", { name: "See what this document would remove" }).waitFor();
  found.push(...(await violations(page)));
  await page.getByLabel("The document").fill("{");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").waitFor();
  found.push(...(await violations(page)));
  await context.close();
  // A page that says what is wrong is answered with its status, which Chromium notes.
  const noted = complaints.filter((line) => !/status of 40[04]/.test(line));
  expect([...found, ...noted]).toEqual([]);
});

it("the API's page opens at a problem code, and shows its reference just where the file is there", async () => {
  const { page, context, complaints } = await world.signedIn();
  const isThere = (await fetch(`${world.url}/scalar.js`)).ok;
  await page.goto("/docs#sweep_not_found");
  await page.locator("#sweep_not_found").waitFor();
  await page.locator("#without").waitFor({ state: isThere ? "hidden" : "visible" });
  await expect.poll(() => page.locator("#reference > *").count()).toBe(isThere ? 1 : 0);
  await page.evaluate(axe.source);
  const { violations: found } = await page.evaluate<axe.AxeResults>('axe.run(".about")');
  await context.close();
  expect(found.map(({ id }) => id)).toEqual([]);
  // Chromium notes each file that is not there.
  const missing = /status of 404|Refused to execute script from '[^']*\/scalar\.js'/;
  expect(complaints.filter((line) => !missing.test(line))).toEqual([]);
});

it("a page of an erasure prints on one sheet, without what cannot be pressed there", async () => {
  const { page, context } = await world.signedIn();
  await page.goto(`/erasures/${setting.erasure}`);
  await page.emulateMedia({ media: "print" });
  expect(await page.getByRole("navigation").isVisible()).toBe(false);
  expect(await page.getByRole("button").filter({ visible: true }).count()).toBe(0);
  const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
  expect(pdf.match(/\/Type \/Page\b/g)).toHaveLength(1);
  await context.close();
});

it("shows on a telephone how a session is left out of a plan, before its frame is scrolled", async () => {
  const { page, context } = await world.signedIn({ viewport: { width: 390, height: 800 } });
  await page.goto(`/sweeps/${setting.braked}`);
  const box = await page.getByRole("button", { name: "Leave it out" }).first().boundingBox();
  expect(box).not.toBeNull();
  expect((box?.x ?? 999) + (box?.width ?? 999)).toBeLessThan(390 - 16);
  await context.close();
});

it("finds a braked sweep on the first page and approves it, by keyboard alone", async () => {
  const { page, complaints } = await world.signedIn();
  const note = page.locator("#attention .note").filter({ hasText: "braked" });
  await tabTo(page, note.getByRole("link"));
  await page.keyboard.press("Enter");
  await page.waitForURL(`/sweeps/${setting.braked}`);
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Sweep of idle");
  await tabTo(page, page.getByRole("button", { name: /^Approve: remove up to/ }));
  await page.keyboard.press("Enter");
  await page.waitForURL(`/sweeps/${setting.braked}`);
  const swept = await world.until<SweepReport>(
    `/v1/sweeps/${setting.braked}`,
    ({ finished_at: at }) => at !== null,
  );
  expect(swept.status).toBe("completed");
  expect(swept.approved_by.map(({ name }) => name)).toEqual(["local"]);
  expect(swept.dispositions.deleted).toBeGreaterThan(5);
  expect(complaints).toEqual([]);
});

it("lets a paused source go on, and erases a person, by keyboard alone", async () => {
  const { page, complaints } = await world.signedIn();
  await tabTo(
    page,
    page.locator("#attention").getByRole("button", { name: "Remove from client_sessions again" }),
  );
  await page.keyboard.press("Enter");
  await page.getByText("Removals are on, in every source.").waitFor();
  await tabTo(page, page.getByRole("link", { name: "Erasures" }));
  await page.keyboard.press("Enter");
  await page.waitForURL("/erasures");
  await tabTo(page, page.getByLabel("Kind of identifier"));
  await page.keyboard.type("user_identifier");
  await tabTo(page, page.getByLabel("Identifier", { exact: true }));
  await page.keyboard.type("jane_doe");
  await tabTo(page, page.getByLabel("Your own name for the request"));
  await page.keyboard.type("case 12");
  await tabTo(page, page.getByRole("button", { name: "Erase in every source" }));
  await page.keyboard.press("Enter");
  await page.getByText("That cannot be undone").waitFor();
  expect(await violations(page)).toEqual([]);
  await tabTo(page, page.getByRole("button", { name: "Erase this person now" }));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/erasures\/./);
  const id = new URL(page.url()).pathname.slice("/erasures/".length);
  const report = await world.until<{ finished_at: string | null; sources: object }>(
    `/v1/erasures/${id}`,
    ({ finished_at: at }) => at !== null,
  );
  expect(report).toMatchObject({ reference: "case 12" });
  await page.reload();
  expect(await page.content()).not.toContain("jane_doe");
  expect(complaints).toEqual([]);
});

it("refreshes what moves, and leaves alone what somebody has opened", async () => {
  const { page } = await world.signedIn();
  await withClock(page);
  await page.locator("#removals summary").click();
  await page.locator("h1").click();
  await world.ask("POST", "/v1/sweeps", { policy: "idle" });
  const rows = page.locator("#sweeps tbody tr");
  const first = await rows.first().getByRole("link").getAttribute("href");
  await expect
    .poll(
      async () => {
        await passTime(page);
        return rows.first().getByRole("link").getAttribute("href");
      },
      { timeout: 30_000 },
    )
    .not.toBe(first);
  expect(await page.locator("#removals details").getAttribute("open")).not.toBeNull();
});

it("sends a form once that is pressed twice", async () => {
  const { page, context } = await world.signedIn();
  await page.goto("/holds");
  const passed = await page.evaluate<boolean[]>(`(() => {
    const passed = [];
    addEventListener("submit", (event) => {
      passed.push(!event.defaultPrevented);
      event.preventDefault();
    });
    const [form, other] = document.querySelectorAll("main form.stack");
    for (const one of [form, form, other]) {
      one.noValidate = true;
      one.requestSubmit();
    }
    return passed;
  })()`);
  expect(passed).toEqual([true, false, true]);
  await context.close();
});

it("moves no button from under the pointer", async () => {
  const { page, context } = await world.signedIn();
  await withClock(page);
  await page.evaluate(
    `document.querySelector("#sweeps h2").insertAdjacentHTML("afterend", "<form><button type=button>Wait</button></form>")`,
  );
  const button = page.getByRole("button", { name: "Wait" });
  await button.hover();
  let copies = 0;
  page.on("response", (response) => {
    copies += response.url() === `${world.url}/` ? 1 : 0;
  });
  await expect
    .poll(
      async () => {
        await passTime(page);
        return copies;
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThanOrEqual(2);
  expect(await button.count()).toBe(1);
  await page.locator("h1").hover();
  await expect
    .poll(
      async () => {
        await passTime(page);
        return button.count();
      },
      { timeout: 30_000 },
    )
    .toBe(0);
  await context.close();
});

it("shows where a wide table goes on, and scrolls it by keyboard, its rows' names in sight", async () => {
  const { page, context } = await world.signedIn({ viewport: { width: 390, height: 800 } });
  const frame = page.getByRole("region", { name: "Table of policies" });
  const name = frame.locator("tbody th").first();
  const shadows = await page.evaluate<string>(
    `getComputedStyle(document.querySelector("#policies .scroll")).backgroundImage`,
  );
  expect(shadows.match(/linear-gradient/g)).toHaveLength(4);
  await tabTo(page, frame);
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => frame.evaluate(({ scrollLeft }) => scrollLeft)).toBeGreaterThan(0);
  const [outer, inner] = [await frame.boundingBox(), await name.boundingBox()];
  expect(Math.abs((outer?.x ?? 0) - (inner?.x ?? 999))).toBeLessThan(3);
  await context.close();
});

it("skips to the content with the first stop", async () => {
  const { page } = await world.signedIn();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  expect(new URL(page.url()).hash).toBe("#main");
  expect(await page.evaluate<string>("document.activeElement.id")).toBe("main");
});
