import type { DatasetSummary } from '../../protocol/rows';
import { datasetFormats } from '../../recipe/schema';
import { bytes, percent } from '../../state/format';
import {
  chooseFormat,
  forgetMapping,
  needsMapping,
  formatLine,
  formatName,
  isRecognised,
  setMessagesTemplate,
  suggestedTurns,
  unmappedRoles,
} from '../../state/mapping';
import { useRecipe } from '../../state/recipeStore';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';
import { Fold } from './Fold';
import { MappingTable } from './MappingTable';
import { MessagesTemplate } from './MessagesTemplate';
import { RoleMap } from './RoleMap';
import { SystemPrompt } from './SystemPrompt';

function FormatChoice({ summary }: { summary: DatasetSummary }) {
  const chosen = useRecipe((state) => state.recipe.dataset.format);
  const { detection } = summary;
  const others = new Map(detection.alternatives.map(({ format, confidence }) => [format as string, confidence]));
  return (
    <label className="field-row">
      <span>Format</span>
      <select value={chosen} onChange={(event) => chooseFormat(event.target.value)}>
        {datasetFormats.map((format) => {
          const confidence = others.get(format);
          const remark = confidence === undefined || confidence < 0.01 ? '' : ` (could be, ${percent(confidence, 1)})`;
          return (
            <option key={format} value={format}>
              {format === 'auto'
                ? `recognise${detection.decidedBy === 'file' && isRecognised(detection) ? `: ${formatName(detection.format)}` : ' it'}`
                : `${formatName(format)}${remark}`}
            </option>
          );
        })}
      </select>
    </label>
  );
}

/** How the file is read: recognised, or as the person says; its columns and roles. */
export function FormatSection({ summary }: { summary: DatasetSummary }) {
  const recipe = useRecipe((state) => state.recipe);
  const { dataset } = recipe;
  const missing = unmappedRoles(summary, recipe);
  const isBuilt = dataset.messages_template !== null;
  const isUnknown = !isBuilt && summary.detection.decidedBy === 'file' && !isRecognised(summary.detection);
  const isChanged =
    dataset.format !== 'auto' || isBuilt || Object.keys({ ...dataset.columns, ...dataset.role_map }).length > 0;
  return (
    <Fold
      title="Format"
      wanted={needsMapping(summary, recipe)}
      says={
        <>
          {formatLine(summary, isBuilt)}
          {missing.length > 0 && (
            <span className="mark warning">
              <Icon name="warning" />
              {isUnknown ? 'choose a format' : `${missing.join(', ')} needed`}
            </span>
          )}
        </>
      }
    >
      {() => (
        <>
          <p className="note">{summary.detection.reason}</p>
          <div className="field-line">
            <FormatChoice summary={summary} />
            {isChanged && (
              <button type="button" className="link" onClick={forgetMapping}>
                back to what was recognised
              </button>
            )}
          </div>
          {isBuilt ? (
            <MessagesTemplate summary={summary} turns={dataset.messages_template ?? []} />
          ) : (
            <>
              <MappingTable summary={summary} missing={isUnknown ? [] : missing} />
              <div>
                <Button look="quiet" onClick={() => setMessagesTemplate(suggestedTurns(summary))}>
                  <Icon name="plus" />
                  Build turns out of columns instead
                </Button>
              </div>
            </>
          )}
          <RoleMap summary={summary} />
          <SystemPrompt />
          <dl className="pairs">
            <dt>File</dt>
            <dd>
              {summary.fileName}, {bytes(summary.sizeBytes)}
              {summary.fromCache ? ', tokenized on an earlier visit' : ''}
            </dd>
            <dt>Template</dt>
            <dd>{summary.templateNote}</dd>
            <dt>Trained spans</dt>
            <dd>{summary.spanNote}</dd>
          </dl>
        </>
      )}
    </Fold>
  );
}
