/** The first record of a CSV file as column names, each usable and none twice. */

export interface HeaderRemark {
  code: 'data/csv-duplicate-column' | 'data/csv-empty-column' | 'data/csv-no-header';
  message: string;
}

/** A name longer than this, or over several lines, is rather a text: the file has no header. */
const longestName = 100;

/**
 * Names for the cells of the header record: an empty one becomes `column_3` (counted from 1), a second `name` becomes
 * `name_2`; each such change is remarked. @param line of the record, for messages.
 */
export function columnNames(cells: string[], line: number): { names: string[]; remarks: HeaderRemark[] } {
  const remarks: HeaderRemark[] = [];
  const remark = (code: HeaderRemark['code'], what: string, remedy: string): void => {
    if (!remarks.some((each) => each.code === code))
      remarks.push({ code, message: `line ${line}: ${what}; ${remedy}` });
  };
  const taken = new Set(cells.map((cell) => cell.trim()));
  const used = new Set<string>();
  /** The number to try next for a name: from 2 on each time, a line of one name a million times would never be read. */
  const nextCopy = new Map<string, number>();
  const names = cells.map((cell, index) => {
    const trimmed = cell.trim();
    if (trimmed.length > longestName || /[\r\n]/.test(trimmed))
      remark(
        'data/csv-no-header',
        `column names are needed in the first line, got a text of ${trimmed.length} characters`,
        'write a line of names above it',
      );
    else if (/\s.*[.?!]$/.test(trimmed))
      remark(
        'data/csv-no-header',
        `the first line is taken for the names of the columns, and ${JSON.stringify(trimmed)} looks like a text`,
        'write a line of names above it if this is a row',
      );
    const wanted = trimmed === '' ? `column_${index + 1}` : trimmed;
    let name = wanted;
    let copy = nextCopy.get(wanted) ?? 2;
    while (used.has(name) || (name !== trimmed && taken.has(name))) name = `${wanted}_${copy++}`;
    nextCopy.set(wanted, copy);
    used.add(name);
    if (trimmed === '')
      remark(
        'data/csv-empty-column',
        `column ${index + 1} has no name, it is called ${JSON.stringify(name)}`,
        'name it',
      );
    else if (name !== trimmed)
      remark(
        'data/csv-duplicate-column',
        `two columns are called ${JSON.stringify(trimmed)}, the second is called ${JSON.stringify(name)} here`,
        'rename one',
      );
    return name;
  });
  return { names, remarks };
}
