import { Figure } from "./values.tsx";

export interface Step {
  readonly label: string;
  readonly value: number;
  /** A colour of the style sheet, 1 to 5. */
  readonly colour: number;
  /** What the step means, where its name does not say it. */
  readonly meaning?: string | undefined;
}

interface StepsProps {
  readonly caption: string;
  readonly steps: readonly Step[];
}

const WIDTH = 100;

/** Bars that lie below each other, each with its name and figure: a table that is also a picture. */
export function Steps({ caption, steps }: StepsProps) {
  const most = Math.max(1, ...steps.map(({ value }) => value));
  return (
    <table class="steps">
      <caption>{caption}</caption>
      <tbody>
        {steps.map(({ label, value, colour, meaning }) => (
          <tr>
            <th scope="row" title={meaning}>
              {label}
            </th>
            <td class="number">
              <Figure of={value} />
            </td>
            <td class="drawn" aria-hidden="true">
              <svg viewBox={`0 0 ${WIDTH} 4`} preserveAspectRatio="none" focusable="false">
                <rect class={`c${colour}`} width={widthOf(value, most)} height="4" />
              </svg>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What is not nought can be seen. */
function widthOf(value: number, most: number): number {
  return value === 0 ? 0 : Math.max(0.5, Math.round((value / most) * WIDTH * 100) / 100);
}
