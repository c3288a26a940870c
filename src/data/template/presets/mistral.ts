/**
 * Mistral Instruct: questions in `[INST]`, a first system turn inside the first question, strict alternation. Trained: the
 * answer with the space before it, and the end-of-text token.
 */
export const mistralPreset = String.raw`{{- bos_token }}
{%- set system = namespace(text='') %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system.text = messages[0]['content'] + '\n\n' %}
    {%- set turns = messages[1:] %}
{%- else %}
    {%- set turns = messages %}
{%- endif %}
{%- for message in turns %}
    {%- if message['role'] not in ['user', 'assistant'] %}
        {{- raise_exception('the Mistral format knows user and assistant turns and one system turn at the start, got the role ' + message['role']) }}
    {%- elif (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('the Mistral format needs user and assistant in turns') }}
    {%- elif message['role'] == 'user' %}
        {{- '[INST] ' + (system.text if loop.first else '') + message['content'] + ' [/INST]' }}
    {%- else %}
        {%- generation %}
        {{- ' ' + message['content'] + eos_token }}
        {%- endgeneration %}
    {%- endif %}
{%- endfor %}
`;
