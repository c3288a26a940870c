/** The first currency: what every file is read into, and what every template renders. Plain data. */

export interface ToolCall {
  id?: string;
  type?: string;
  function: { name: string; arguments: unknown };
}

export interface ContentPart {
  type: string;
  text?: string;
  [key: string]: unknown;
}

export interface Message {
  /** `system`, `user`, `assistant`, `tool`, `developer`, `function`, or whatever the file says after role mapping. */
  role: string;
  content: string | ContentPart[] | null;
  name?: string;
  tool_calls?: ToolCall[];
  tool_call_id?: string;
  reasoning_content?: string;
  /** The end of `content`, after a blank line, that a template may set apart: the input of an Alpaca row. */
  input?: string;
  /** 0: never trained on, whatever the recipe says (OpenAI's key). */
  weight?: number;
  /** false: never trained on (axolotl's key). */
  train?: boolean;
  /** Parts of `content` that are trained on (1) or masked (0) whatever the span rule says; UTF-16 units, later ones win. */
  weights?: { start: number; end: number; weight: 0 | 1 }[];
}

export interface Conversation {
  messages: Message[];
  tools?: unknown[];
  /** A row of plain text, trained whole without a template (format `text`); `messages` is then empty. */
  text?: string;
  /** `row` counts the file's rows from 0; `line` is the 1-based line where the row begins. */
  meta: { row: number; line: number };
}
