/** Zephyr: role names as text, the end-of-text token after each turn. Trained: the answer and the end-of-text token. */
export const zephyrPreset = String.raw`{%- for message in messages %}
    {%- if message['role'] not in ['system', 'user', 'assistant'] %}
        {{- raise_exception('the Zephyr format knows system, user and assistant turns, got the role ' + message['role']) }}
    {%- endif %}
    {{- '<|' + message['role'] + '|>\n' }}
    {%- if message['role'] == 'assistant' %}
        {%- generation %}
        {{- message['content'] + eos_token }}
        {%- endgeneration %}
    {%- else %}
        {{- message['content'] + eos_token }}
    {%- endif %}
    {{- '\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>\n' }}
{%- endif %}
`;
