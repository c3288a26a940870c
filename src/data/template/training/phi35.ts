/**
 * Phi-3.5 with {% generation %} around what the assistant writes: the template that TRL trains this family with
 * (huggingface/trl 1.13.0, trl/chat_templates/phi3_5_training.jinja, Copyright 2020-2026 The HuggingFace Team,
 * Apache License 2.0; its head comment is left out here).
 */
export const phi35Training = `{%- for message in messages %}
    {%- if message['role'] == 'system' and message['content'] %}
        {{- '<|system|>\\n' + message['content'] + '<|end|>\\n' }}
    {%- elif message['role'] == 'user' %}
        {{- '<|user|>\\n' + message['content'] + '<|end|>\\n'}}
    {%- elif message['role'] == 'assistant' %}
        {{- '<|assistant|>\\n' }}
        {%- generation %}
        {{- message['content'] + '<|end|>\\n' }}
        {%- endgeneration %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>\\n'}}
{%- elif messages[-1]['role'] == 'assistant' %}
    {%- generation %}
    {{- eos_token }}
    {%- endgeneration %}
{%- else %}
    {{- eos_token }}
{%- endif %}`;
