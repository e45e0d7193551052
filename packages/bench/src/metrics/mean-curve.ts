import type { CurvePoint } from './curve-area.ts';

/**
 * Returns the mean of curves of one quantity, at the places of the first. Repeats look at a model after slightly different amounts of text, so each
 * curve is read on the straight line between its points; before its first point and after its last one it is taken to be level.
 *
 * @param curves with increasing `x`
 */
export function meanCurve(curves: readonly (readonly CurvePoint[])[]): readonly CurvePoint[] {
  const whole = curves.filter((points) => points.length > 0);
  return (whole.at(0) ?? []).map(({ x }) => ({ x, y: whole.reduce((sum, points) => sum + heightAt(points, x), 0) / whole.length }));
}

function heightAt(points: readonly CurvePoint[], x: number): number {
  const next = points.findIndex((point) => point.x >= x);
  if (next < 0) return points[points.length - 1].y;
  const [before, after] = [points[next - 1] as CurvePoint | undefined, points[next]];
  if (before === undefined || after.x === x) return after.y;
  return before.y + ((after.y - before.y) * (x - before.x)) / (after.x - before.x);
}
