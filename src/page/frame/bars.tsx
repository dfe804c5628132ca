import { countWords } from "../../core/values/words.ts";
import { Figures, Table } from "./table.tsx";
import { Figure } from "./values.tsx";

interface BarsProps {
  readonly caption: string;
  /** What a bar is made of, from below, at most five. */
  readonly series: readonly string[];
  /** What the bars stand for, such as "Day". */
  readonly unit: string;
  readonly bars: readonly { readonly label: string; readonly values: readonly number[] }[];
}

const STEP = 24;
const HEIGHT = 140;
/** A chart of few bars is no narrower than this many. */
const LEAST_BARS = 10;

/** Stacked bars, drawn on the server, with the same figures in a table behind them. */
export function Bars({ caption, series, unit, bars }: BarsProps) {
  const highest = Math.max(0, ...bars.map(({ values }) => sumOf(values)));
  if (highest === 0) {
    return (
      <figure class="bars">
        <figcaption>{caption}</figcaption>
        <p class="soft">There is nothing to draw: all of it is 0.</p>
      </figure>
    );
  }
  const width = STEP * Math.max(LEAST_BARS, bars.length);
  const [first, last] = [bars[0]?.label ?? "", bars.at(-1)?.label ?? ""];
  return (
    <figure class="bars">
      <figcaption>{caption}</figcaption>
      <svg
        class="chart"
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
        focusable="false"
      >
        {bars.map(({ label, values }, place) => (
          <g>
            <title>{`${label}: ${countWords(
              series.map((name, part) => [name, values[part] ?? 0]),
              "none",
            )}`}</title>
            {stack(values, highest).map(({ from, height, part }) => (
              <rect
                class={`c${part + 1}`}
                x={round(place * STEP + STEP * 0.1)}
                y={round(HEIGHT - from - height)}
                width={round(STEP * 0.8)}
                height={round(height)}
              />
            ))}
          </g>
        ))}
        <line class="axis" x1="0" y1={HEIGHT} x2={width} y2={HEIGHT} />
      </svg>
      <p class="small">
        {first === last ? first : `${first} to ${last}, from left to right`}. The highest bar is{" "}
        <Figure of={highest} />.
      </p>
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
        <Table
          label={`Table: ${caption}`}
          caption={caption}
          heads={[unit, ...series.map((name) => ({ figures: name }))]}
          rows={bars.map(({ label, values }) => (
            <tr>
              <th scope="row">{label}</th>
              <Figures of={series.map((_, part) => values[part] ?? 0)} />
            </tr>
          ))}
        />
      </details>
    </figure>
  );
}

/** The pieces of one bar, from below; a piece that is not nought can be seen. */
function stack(values: readonly number[], highest: number) {
  let from = 0;
  return values.flatMap((value, part) => {
    if (value === 0) {
      return [];
    }
    const height = Math.max(1, (value / highest) * (HEIGHT - 4));
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
