// Small pictures of the last hour. Pure.

export interface Point {
  /** Milliseconds since 1970. */
  at: number
  /** null where nothing was read. */
  value: number | null
}

export const hour = 3600_000
/** The least time between two points that come live: a picture of an hour shows no more. */
const apart = 10_000

/** The points with a new one behind, and without those that are older than an hour. */
export function append(points: Point[], next: Point): Point[] {
  const last = points.at(-1)
  const before = points.at(-2)
  if (last && next.at <= last.at) return points
  // The last one moves along until it is far enough from the one before it.
  const kept = last && before && last.at - before.at < apart ? points.slice(0, -1) : points
  return [...kept.filter((p) => p.at > next.at - hour), next]
}

/** A line and the area below it, as SVG paths in a box of this width and height. */
export interface Drawn {
  line: string
  area: string
}

/**
 * Draws points between two times, from 0 to top. The line breaks where nothing
 * was read for longer than the gap: no line is drawn through what is not known.
 */
export function draw(
  points: Point[],
  span: { from: number; to: number; top: number; gap: number },
  box: { width: number; height: number },
): Drawn {
  const x = (at: number) => round(((at - span.from) / (span.to - span.from)) * box.width)
  const y = (v: number) => round(box.height - (Math.min(Math.max(v, 0), span.top) / span.top) * box.height)
  const runs: [number, number][][] = []
  let last: number | undefined
  for (const { at, value } of points) {
    if (at < span.from || at > span.to) continue
    // A figure that is read more seldom than others has nulls between.
    if (value === null || span.top <= 0) continue
    if (last === undefined || at - last > span.gap) runs.push([])
    runs.at(-1)?.push([x(at), y(value)])
    last = at
  }
  const trace = (run: [number, number][]) => run.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${px} ${py}`).join('')
  return {
    line: runs.map((run) => (run.length === 1 ? `${trace(run)}h0.01` : trace(run))).join(''),
    area: runs
      .filter((run) => run.length > 1)
      .map((run) => `${trace(run)}V${box.height}H${run[0]?.[0] ?? 0}Z`)
      .join(''),
  }
}

function round(n: number): number {
  return Math.round(n * 100) / 100
}

/** The least and the most of the points; undefined where there is none. */
export function range(points: Point[]): { least: number; most: number } | undefined {
  const values = points.flatMap((p) => (p.value === null ? [] : [p.value]))
  return values.length === 0 ? undefined : { least: Math.min(...values), most: Math.max(...values) }
}

/** Whether there is too little to draw: less than two minutes of it. */
export function tooShort(points: Point[]): boolean {
  const [first, last] = [points[0], points.at(-1)]
  return !first || !last || last.at - first.at < 120_000
}
