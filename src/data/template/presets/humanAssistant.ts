/**
 * `Human: …`, `Assistant: …`; a system turn stands before them without a name. The space before the answer belongs to the
 * answer, and the generation prompt ends at the colon, since tokenizers join a space to the word after it. Trained: that
 * space, the answer and the end-of-text token.
 */
export const humanAssistantPreset = String.raw`{%- if bos_token is defined and bos_token in ['<s>', '<bos>', '<|begin_of_text|>', '<|startoftext|>'] %}
    {{- bos_token }}
{%- endif %}
{%- for message in messages %}
    {%- if message['role'] == 'system' %}
        {{- message['content'] | trim + '\n\n' }}
    {%- elif message['role'] == 'user' %}
        {{- 'Human: ' + message['content'] | trim + '\n\n' }}
    {%- elif message['role'] == 'assistant' %}
        {{- 'Assistant:' }}
        {%- generation %}
        {{- ' ' + message['content'] | trim + eos_token }}
        {%- endgeneration %}
        {%- if not loop.last or add_generation_prompt %}
            {{- '\n\n' }}
        {%- endif %}
    {%- else %}
        {{- raise_exception('the human/assistant format knows system, user and assistant turns, got the role ' + message['role']) }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- 'Assistant:' }}
{%- endif %}
`;
