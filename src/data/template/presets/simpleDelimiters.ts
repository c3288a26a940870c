/** Simple delimiters: a heading for each turn. Trained: the answer and the end-of-text token. */
export const simpleDelimitersPreset = String.raw`{%- if bos_token is defined and bos_token in ['<s>', '<bos>', '<|begin_of_text|>', '<|startoftext|>'] %}
    {{- bos_token }}
{%- endif %}
{%- for message in messages %}
    {%- if message['role'] == 'system' %}
        {{- '### System:\n' + message['content'] | trim + '\n\n' }}
    {%- elif message['role'] == 'user' %}
        {{- '### User:\n' + message['content'] | trim + '\n\n' }}
    {%- elif message['role'] == 'assistant' %}
        {{- '### Assistant:\n' }}
        {%- generation %}
        {{- message['content'] | trim + eos_token }}
        {%- endgeneration %}
        {%- if not loop.last or add_generation_prompt %}
            {{- '\n\n' }}
        {%- endif %}
    {%- else %}
        {{- raise_exception('the simple delimiters know system, user and assistant turns, got the role ' + message['role']) }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '### Assistant:\n' }}
{%- endif %}
`;
