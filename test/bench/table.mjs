/** @typedef {import('./context.mjs').Figure} Figure */

/**
 * All figures, one line each, with the figure to reach beside it.
 *
 * @param {Figure[]} figures
 */
export function table(figures) {
  const rows = figures.map((figure) => [figure.scenario, figure.what, shown(figure.value, figure.unit), aimOf(figure)]);
  return lines([['scenario', 'what', 'measured', 'to reach'], ...rows]);
}

/** @param {Figure} figure */
function aimOf({ value, unit, atLeast, atMost }) {
  if (atLeast === undefined && atMost === undefined) return '';
  const isReached = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
  const parts = [];
  if (atLeast !== undefined) parts.push(`≥ ${shown(atLeast, unit)}`);
  if (atMost !== undefined) parts.push(`≤ ${shown(atMost, unit)}`);
  return `${parts.join(', ')}  ${isReached ? 'reached' : 'NOT REACHED'}`;
}

/**
 * @param {number} value
 * @param {string} unit
 */
function shown(value, unit) {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`.trim();
}

/**
 * The cost of a delivery for each process. Rows are processes, columns are measurements.
 *
 * @param {Record<string, Record<string, number>>} columns
 */
export function processTable(columns) {
  const names = [...new Set(Object.values(columns).flatMap((column) => Object.keys(column)))];
  const cell = (/** @type {number | undefined} */ value) => (value === undefined ? '' : value.toFixed(0));
  const rows = names.map((name) => [name, ...Object.values(columns).map((column) => cell(column[name]))]);
  const sum = (/** @type {Record<string, number>} */ column) => Object.values(column).reduce((all, one) => all + one, 0);
  return lines([
    ['', ...Object.keys(columns)],
    ...rows,
    ['together', ...Object.values(columns).map((column) => cell(sum(column)))],
  ]);
}

/** @param {string[][]} rows */
function lines(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}
