import { memo, useMemo, useState } from 'react';
import type { RenderedPrompt } from '../../protocol/dataApi';
import { isTuned, useAdapter } from '../../state/adapterStore';
import { askTuned, isAnswering, useChat, type Answer, type ChatTurn, type Side } from '../../state/chatStore';
import { count, plural } from '../../state/format';
import { modelName } from '../../state/modelNames';
import { useModel } from '../../state/modelStore';
import { tokenCells, turnCells, type TokenCell } from '../../state/tokens';
import { Button } from '../common/Button';
import { CopyButton } from '../common/CopyButton';
import { ErrorCard } from '../common/ErrorCard';
import { TokenInspector } from '../tokens/TokenInspector';
import { TokenText } from '../tokens/TokenText';

const noIds: ReadonlySet<number> = new Set();
const stopWords = {
  eos: '',
  stop_string: 'stopped at a stop string',
  length: 'cut at the answer length',
  stopped: 'stopped',
} as const;

/** What the model was given, token by token, with the same marks as everywhere. */
function PromptView({ prompt }: { prompt: RenderedPrompt }) {
  const tokenizer = useModel((state) => state.tokenizer);
  const specialIds = tokenizer.kind === 'ready' ? tokenizer.specialIds : noIds;
  const [cell, setCell] = useState<TokenCell | null>(null);
  const turns = useMemo(
    () => turnCells(tokenCells(prompt, new Set([...specialIds, ...prompt.specialIds])), prompt.offsets, []),
    [prompt, specialIds],
  );
  return (
    <div className="section prompt-view">
      <TokenText turns={turns} label="Tokens of the prompt" byToken={false} showSpace={false} onToken={setCell} />
      <TokenInspector cell={cell} withLabels={false} />
    </div>
  );
}

function Tail({ answer }: { answer: Answer }) {
  if (answer.kind === 'streaming') return <span>{plural(answer.tokens, 'token')}</span>;
  if (answer.kind !== 'done') return null;
  const { result } = answer;
  const stop = stopWords[result.stop_reason];
  return (
    <>
      <span>
        {plural(result.ids.length, 'token')}
        {result.tokens_per_second > 0 && ` · ${count(result.tokens_per_second)} tokens/s`}
        {stop !== '' && ` · ${stop}`}
      </span>
      <CopyButton text={answer.text} what="the answer" compact />
    </>
  );
}

/** In place of a tuned answer to a question from before the tuning. */
function NotAsked({ turn }: { turn: ChatTurn }) {
  const tuned = useAdapter((state) => isTuned(state.status));
  const answering = useChat((state) => isAnswering(state.turns));
  const model = useModel((state) => modelName(state.source));
  if (turn.model !== model) return <p className="note">{turn.model} was asked; ask again to compare.</p>;
  if (!tuned) return <p className="note">After fine-tuning, the tuned answer stands here.</p>;
  return (
    <div>
      <Button unavailable={answering ? 'An answer is being written' : null} onClick={() => void askTuned(turn.id)}>
        Ask the tuned model
      </Button>
    </div>
  );
}

function Reply({ side, turn }: { side: Side; turn: ChatTurn }) {
  const answer = turn[side];
  const name = side === 'base' ? 'Base' : 'Tuned';
  return (
    <section
      className={`reply ${side}`}
      aria-label={`${name} answer`}
      aria-busy={answer?.kind === 'waiting' || answer?.kind === 'streaming'}
    >
      <h4>{name}</h4>
      {answer === null ? (
        <NotAsked turn={turn} />
      ) : answer.kind === 'waiting' ? (
        <p className="said muted">…</p>
      ) : (
        <>
          {'text' in answer && (
            <p className="said">
              {answer.text}
              {answer.kind === 'streaming' && <span className="caret" aria-hidden="true" />}
              {answer.kind === 'done' && answer.text === '' && <span className="muted">(an empty answer)</span>}
            </p>
          )}
          {answer.kind === 'failed' && <ErrorCard error={answer.error} />}
        </>
      )}
      {answer && (
        <div className="tail">
          <Tail answer={answer} />
        </div>
      )}
    </section>
  );
}

const promptOf = (answer: Answer | null): RenderedPrompt | null =>
  answer && 'prompt' in answer ? answer.prompt : null;

/** One question with its two answers; `follows`: in the same conversation as the one above it. */
export const Exchange = memo(function Exchange({ turn, follows }: { turn: ChatTurn; follows: boolean }) {
  const [open, setOpen] = useState(false);
  const base = promptOf(turn.base);
  const tuned = promptOf(turn.tuned);
  const differ = base && tuned && base.text !== tuned.text;
  return (
    <article className="exchange" aria-label={`Question: ${turn.question}`}>
      <p className="asked">
        {turn.question}
        {follows && <span className="note"> after what was said above</span>}
      </p>
      <div className="both">
        <Reply side="base" turn={turn} />
        <Reply side="tuned" turn={turn} />
      </div>
      {base && (
        <details onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary className="note">Prompt as the model saw it ({plural(base.inputIds.length, 'token')})</summary>
          {open && (
            <>
              {differ && <p className="note">Base (its own earlier answers):</p>}
              <PromptView prompt={base} />
              {differ && (
                <>
                  <p className="note">Tuned (its own earlier answers):</p>
                  <PromptView prompt={tuned} />
                </>
              )}
            </>
          )}
        </details>
      )}
    </article>
  );
});
