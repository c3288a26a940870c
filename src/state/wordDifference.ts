/** Where an answer differs from the expected one, word by word: a longest common subsequence (Hunt & McIlroy 1976). Pure. */
export interface WordPart {
  /** `same`: in both; `extra`: in the answer only; `missing`: in the expected text only. */
  kind: 'same' | 'extra' | 'missing';
  text: string;
}

/** Words with the white space that follows them. */
const wordsOf = (text: string): string[] => text.match(/\s*\S+\s*?(?=\s|$)/g) ?? [];

/** Beyond this the table of n · m cells is not worth its time; the texts are then shown as they are. */
const mostWords = 400;

/** The parts of both texts in reading order; null where they are too long to be compared. */
export function wordDifference(answer: string, expected: string): WordPart[] | null {
  const [own, other] = [wordsOf(answer.trim()), wordsOf(expected.trim())];
  const [rows, columns] = [own.length, other.length];
  if (rows > mostWords || columns > mostWords) return null;
  const width = columns + 1;
  // common[i · width + j]: words in common of own from i on and other from j on.
  const common = new Uint16Array((rows + 1) * width);
  const isSame = (i: number, j: number): boolean => own[i]?.trim() === other[j]?.trim();
  for (let i = rows - 1; i >= 0; i--)
    for (let j = columns - 1; j >= 0; j--)
      common[i * width + j] = isSame(i, j)
        ? (common[(i + 1) * width + j + 1] ?? 0) + 1
        : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
  const parts: WordPart[] = [];
  const add = (kind: WordPart['kind'], text: string): void => {
    const last = parts.at(-1);
    if (last?.kind === kind) last.text += text;
    else parts.push({ kind, text });
  };
  let [i, j] = [0, 0];
  while (i < rows || j < columns) {
    if (i < rows && j < columns && isSame(i, j)) {
      add('same', own[i++] ?? '');
      j++;
    } else if (j >= columns || (i < rows && (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0)))
      add('extra', own[i++] ?? '');
    else add('missing', other[j++] ?? '');
  }
  return parts;
}
