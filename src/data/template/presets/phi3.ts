/** Phi-3: role tokens, `<|end|>` after each turn. Trained: the answer and `<|end|>`. */
export const phi3Preset = String.raw`{%- for message in messages %}
    {%- if message['role'] == 'assistant' %}
        {{- '<|assistant|>\n' }}
        {%- generation %}
        {{- message['content'] + '<|end|>' }}
        {%- endgeneration %}
        {{- '\n' }}
    {%- elif message['role'] in ['system', 'user'] %}
        {{- '<|' + message['role'] + '|>\n' + message['content'] + '<|end|>\n' }}
    {%- else %}
        {{- raise_exception('the Phi-3 format knows system, user and assistant turns, got the role ' + message['role']) }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>\n' }}
{%- endif %}
`;
