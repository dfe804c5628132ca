import type { Child } from "hono/jsx";

/** A wide table that scrolls in its own frame, by keyboard too. The label is what a screen reader calls it. */
export function Scroll({ label, children }: { readonly label: string; readonly children: Child }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabindex={0}>
      {children}
    </div>
  );
}
