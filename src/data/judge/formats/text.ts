import { required, type Format } from './format';

/** Plain text, as TRL's language-modelling rows: no template, every token trained. */
export const text: Format = {
  name: 'text',
  roles: [
    required('text', 'text', 'a text that is trained whole, without a chat template', 'content', 'document', 'body'),
  ],
  recognisedBy: [],
  read: (cells) => {
    const whole = cells.text('text');
    return whole === null ? null : { messages: [], text: whole };
  },
};
