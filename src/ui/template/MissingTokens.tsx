import type { TemplateReport } from '../../protocol/dataApi';

/** Whether a template writes this text. It may name tokens of other models only to ask whether they are there. */
export const isWritten = ({ sample }: TemplateReport, text: string): boolean =>
  sample === null || sample.includes(text);

/** Warns of control tokens that a template writes and this tokenizer cuts into several; nothing where there are none. */
export function MissingTokens({ report }: { report: TemplateReport }) {
  const missing = report.specialTokens.filter(({ text, isToken }) => !isToken && isWritten(report, text));
  if (missing.length === 0) return null;
  return (
    <p className="message warning" role="note">
      This tokenizer cuts {missing.map((token) => token.text).join(', ')} into several tokens: the model reads{' '}
      {missing.length === 1 ? 'it' : 'them'} as plain text. Use control tokens that the model knows, or expect it to
      learn {missing.length === 1 ? 'this one' : 'these'} from scratch.
    </p>
  );
}
