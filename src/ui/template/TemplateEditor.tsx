import { useMemo, useRef, useState } from 'react';
import { errorPlace } from '../../state/effectWords';
import { count } from '../../state/format';
import type { MaskEffect, TemplateReport } from '../../protocol/dataApi';
import { dropDraft, editDraft, importTemplate, applyDraft, useTemplate } from '../../state/templateStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';
import { EffectLine } from './EffectLine';
import { JinjaEditor } from './JinjaEditor';
import { TemplateFindings } from './TemplateFindings';

function saveText(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Import, export, difference and revert. */
function Tools({
  text,
  isChanged,
  shows,
}: {
  text: string;
  isChanged: boolean;
  shows: [boolean, (on: boolean) => void];
}) {
  const input = useRef<HTMLInputElement>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [showsDifference, setShowsDifference] = shows;
  return (
    <>
      <div className="template-tools">
        <label className="consent note">
          <input
            type="checkbox"
            checked={showsDifference}
            onChange={(event) => setShowsDifference(event.target.checked)}
          />
          Difference from the original
        </label>
        <span className="push">
          <Button look="quiet" onClick={() => input.current?.click()}>
            <Icon name="file" />
            Import
          </Button>
          <Button look="quiet" onClick={() => saveText(text, 'chat_template.jinja')}>
            <Icon name="download" />
            Export
          </Button>
          <Button look="quiet" unavailable={isChanged ? null : 'The text is the one in force'} onClick={dropDraft}>
            <Icon name="undo" />
            Revert
          </Button>
        </span>
        <input
          ref={input}
          className="hidden"
          type="file"
          accept=".jinja,.jinja2,.j2,.txt"
          tabIndex={-1}
          aria-label="Choose a template file"
          onChange={(event) => {
            const file = event.target.files?.[0];
            event.target.value = '';
            if (file) void importTemplate(file).then(setRefusal);
          }}
        />
      </div>
      {refusal !== null && <ErrorCard error={{ code: 'template/file', message: refusal }} />}
    </>
  );
}

const placeWords = (place: { line: number; column: number } | null): string =>
  place ? `Line ${place.line}, column ${place.column}: ` : '';

/** A message without the place that it begins with. */
const withoutPlace = (message: string): string =>
  message.replace(/^(?:messages: )?chat template(?:, line \d+)?(?:, column \d+)?: /, '');

/** Which row an error is of; nothing where it is the template's own. */
const rowWords = (report: TemplateReport | null): string =>
  report && !report.error && report.sampleRow !== null ? `row ${count(report.sampleRow + 1)}: ` : '';

const failsEverywhere = ({ rows, failedRows, gainedRows }: MaskEffect): boolean =>
  rows > 0 && failedRows === rows && gainedRows === 0;

/** The template's text, what is wrong with it, what it would change, and the button that puts it in force. */
export function TemplateEditor() {
  const source = useTemplate((state) => state.source);
  const draft = useTemplate((state) => state.draft);
  const draftReport = useTemplate((state) => state.draftReport);
  const inForce = useTemplate((state) => state.report);
  const effect = useTemplate((state) => state.effect);
  const [showsDifference, setShowsDifference] = useState(false);
  const [visits, setVisits] = useState(0);
  const report = draft === null ? inForce : draftReport;
  const error = report?.error ?? report?.sampleError ?? null;
  const place = useMemo(() => errorPlace(error?.data), [error]);
  if (!source) return <p className="note">Fetching the template…</p>;
  const text = draft ?? source.text;
  const reason =
    draft === null
      ? 'This text is in force already'
      : draftReport === null
        ? 'The text is being looked at'
        : draftReport.error
          ? 'The template has an error'
          : effect.kind === 'ready' && failsEverywhere(effect.effect)
            ? 'Every row that was tried fails with it'
            : null;
  return (
    <div className="template-editor">
      <JinjaEditor
        text={text}
        original={showsDifference ? source.original : null}
        errorAt={place}
        onChange={editDraft}
        visits={visits}
      />
      <Tools text={text} isChanged={draft !== null} shows={[showsDifference, setShowsDifference]} />
      {error && (
        <ErrorCard
          error={{
            ...error,
            message: `${placeWords(place)}${rowWords(report)}${place ? withoutPlace(error.message) : error.message}`,
          }}
          {...(report?.error ? {} : { tone: 'warning' as const })}
        >
          {place && <Button onClick={() => setVisits(visits + 1)}>Go to line {place.line}</Button>}
        </ErrorCard>
      )}
      {draft !== null && <EffectLine status={effect} />}
      <div className="template-use">
        <Button look={reason === null ? 'primary' : 'plain'} unavailable={reason} onClick={applyDraft}>
          Use this template
        </Button>
        {reason !== null && <span className="note">{reason}.</span>}
      </div>
      {report && <TemplateFindings report={report} />}
    </div>
  );
}
