/** A text without what looks like comments (`<!-- … -->`) and tags (`<…>`). What is never closed is looked for once. */
export function withoutTags(text: string): string {
  let result = '';
  let at = 0;
  let hasCommentEnd = true;
  for (let open = text.indexOf('<'); open >= 0; open = text.indexOf('<', at)) {
    let end = -1;
    if (hasCommentEnd && text.startsWith('<!--', open)) {
      end = text.indexOf('-->', open + 4);
      hasCommentEnd = end >= 0;
      if (end >= 0) end += 3;
    }
    if (end < 0) end = text.indexOf('>', open + 1) + 1;
    if (end === 0) break;
    result += text.slice(at, open);
    at = end;
  }
  return result + text.slice(at);
}
