import { Scroll } from "./scroll.tsx";
import { Figure } from "./values.tsx";

interface BarsProps {
  readonly caption: string;
  /** What a bar is made of, from below, at most five. */
  readonly series: readonly string[];
  /** What the bars stand for, such as "Day". */
  readonly unit: string;
  readonly bars: readonly { readonly label: string; readonly values: readonly number[] }[];
}

const WIDTH = 600;
const HEIGHT = 140;
const AXIS = 20;

/** Stacked bars, drawn on the server, with the same figures in a table behind them. */
export function Bars({ caption, series, unit, bars }: BarsProps) {
  const most = Math.max(1, ...bars.map(({ values }) => sumOf(values)));
  const step = WIDTH / Math.max(1, bars.length);
  return (
    <figure class="bars">
      <figcaption>{caption}</figcaption>
      <svg
        class="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT + AXIS}`}
        aria-hidden="true"
        focusable="false"
      >
        {bars.map(({ values }, place) =>
          stack(values, most).map(({ from, height, part }) => (
            <rect
              class={`c${part + 1}`}
              x={round(place * step + step * 0.1)}
              y={round(HEIGHT - from - height)}
              width={round(step * 0.8)}
              height={round(height)}
            />
          )),
        )}
        <line class="axis" x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
        <text x="0" y={HEIGHT + 14}>
          {bars[0]?.label ?? ""}
        </text>
        <text x={WIDTH} y={HEIGHT + 14} text-anchor="end">
          {bars.at(-1)?.label ?? ""}
        </text>
      </svg>
      <ul class="legend">
        {series.map((name, part) => (
          <li>
            <svg viewBox="0 0 10 10" aria-hidden="true" focusable="false">
              <rect class={`c${part + 1}`} width="10" height="10" />
            </svg>{" "}
            {name}
          </li>
        ))}
      </ul>
      <details>
        <summary>The same as a table</summary>
        <Scroll label={`Table: ${caption}`}>
          <table>
            <caption>{caption}</caption>
            <thead>
              <tr>
                <th scope="col">{unit}</th>
                {series.map((name) => (
                  <th scope="col" class="number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {bars.map(({ label, values }) => (
                <tr>
                  <th scope="row">{label}</th>
                  {series.map((_, part) => (
                    <td class="number">
                      <Figure of={values[part] ?? 0} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </figure>
  );
}

/** The pieces of one bar, from below; a piece that is not nought can be seen. */
function stack(values: readonly number[], most: number) {
  let from = 0;
  return values.flatMap((value, part) => {
    if (value === 0) {
      return [];
    }
    const height = Math.max(1, (value / most) * (HEIGHT - 4));
    const piece = { from, height, part };
    from += height;
    return [piece];
  });
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
