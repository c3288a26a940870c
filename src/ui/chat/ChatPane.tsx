import { useEffect, useMemo, useRef, type FormEvent, type KeyboardEvent } from 'react';
import { isTuned, useAdapter } from '../../state/adapterStore';
import { ask, clearChat, isAnswering, setDraft, stopAnswers, undoClear, useChat } from '../../state/chatStore';
import { whyNotAsk } from '../../state/chatReady';
import { useDevice } from '../../state/deviceStore';
import { chatKnobs } from '../../state/knobValues';
import { useModel } from '../../state/modelStore';
import { useDataset } from '../../state/datasetStore';
import { rowQuestions } from '../../state/tokens';
import { useSamples } from '../../state/samplesStore';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';
import { KnobField } from '../train/KnobField';
import { Exchange } from './Exchange';

function useUnavailable(): string | null {
  const device = useDevice((state) => state.status);
  const weights = useModel((state) => state.weights);
  const tokenizer = useModel((state) => state.tokenizer);
  const answering = useChat((state) => isAnswering(state.turns));
  return whyNotAsk({ device, weights, tokenizer, answering });
}

function Asks({ title, questions }: { title: string; questions: string[] }) {
  const unavailable = useUnavailable();
  if (questions.length === 0) return null;
  return (
    <div className="asks">
      <h3 className="note">{title}</h3>
      <ul>
        {questions.map((question) => (
          <li key={question}>
            <Button unavailable={unavailable} onClick={() => void ask(question, true)}>
              {question}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Questions of the sample set: phrasings that are not in its rows, and ordinary ones that show what was kept. */
function Suggestions() {
  const sample = useSamples((state) => state.current);
  const turns = useChat((state) => state.turns);
  // While a file is read the rows are still those of the one before.
  const own = useDataset((state) => (sample || state.status.kind !== 'ready' ? null : state.firstRows));
  const specialIds = useModel((state) => (state.tokenizer.kind === 'ready' ? state.tokenizer.specialIds : null));
  const fromRows = useMemo(() => (own && specialIds ? rowQuestions([...own], specialIds, 3) : []), [own, specialIds]);
  const asked = new Set(turns.map((turn) => turn.question));
  const left = (questions: string[]): string[] =>
    turns.length === 0 ? questions : questions.filter((one) => !asked.has(one));
  return (
    <>
      <Asks title="Questions of your rows" questions={left(fromRows)} />
      <Asks
        title="Ask what the rows teach, in words they do not use"
        questions={left(sample?.suggestedQuestions ?? [])}
      />
      <Asks title="Ask something ordinary, to see what was kept" questions={left(sample?.ordinaryQuestions ?? [])} />
    </>
  );
}

function Composer() {
  const draft = useChat((state) => state.draft);
  const answering = useChat((state) => isAnswering(state.turns));
  const unavailable = useUnavailable();
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (unavailable === null) void ask(draft);
  };
  const byKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    send(event);
  };
  return (
    <form className="composer" onSubmit={send}>
      <div className="line">
        <textarea
          aria-label="Message"
          placeholder="Ask both models"
          rows={1}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={byKey}
        />
        {answering ? (
          <Button onClick={() => void stopAnswers()}>
            <Icon name="stop" />
            Stop answers
          </Button>
        ) : (
          <Button
            type="submit"
            unavailable={unavailable ?? (draft.trim() === '' ? 'Write a message first' : null)}
            onClick={send}
          >
            <Icon name="send" />
            Send
          </Button>
        )}
      </div>
    </form>
  );
}

export function ChatPane() {
  const turns = useChat((state) => state.turns);
  const cleared = useChat((state) => state.cleared);
  const tuned = useAdapter((state) => isTuned(state.status));
  const body = useRef<HTMLDivElement>(null);
  const count = turns.length;
  // A new question scrolls into sight; an answer that grows does not drag the reader along.
  useEffect(() => {
    if (count > 0) body.current?.querySelector('.exchange:last-of-type')?.scrollIntoView({ block: 'nearest' });
  }, [count]);
  return (
    <>
      <header>
        <h2>
          <span className="step">3</span> Chat
        </h2>
        {cleared && (
          <Button look="quiet" onClick={undoClear}>
            <Icon name="undo" />
            Undo clear
          </Button>
        )}
        {count > 0 && (
          <Button look="quiet" onClick={() => void clearChat()}>
            Clear
          </Button>
        )}
      </header>
      <div className="body" ref={body}>
        <div className="talk">
          {count === 0 && (
            <p className="empty">
              {tuned
                ? 'Base and tuned answer side by side. Ask a question of your own, or one of these.'
                : 'Ask the base model first: it cannot know what your rows say. After fine-tuning, the tuned answer stands beside it.'}
            </p>
          )}
          {turns.map((turn) => (
            <Exchange key={turn.id} turn={turn} follows={turn !== turns[0] && !turn.fresh} />
          ))}
          <Suggestions />
          <details>
            <summary className="note">Settings</summary>
            <div className="knobs">
              {chatKnobs.map((knob) => (
                <KnobField key={knob.path} knob={knob} />
              ))}
            </div>
          </details>
        </div>
        <Composer />
      </div>
    </>
  );
}
