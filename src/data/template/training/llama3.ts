/**
 * Llama 3 with {% generation %} around what the assistant writes: the template that TRL trains this family with
 * (huggingface/trl 1.13.0, trl/chat_templates/llama3_training.jinja, Copyright 2020-2026 The HuggingFace Team,
 * Apache License 2.0; its head comment is left out here).
 */
export const llama3Training = `{%- for message in messages %}
    {%- if loop.index0 == 0 %}{{- bos_token }}{%- endif %}
    {%- if message['role'] == 'assistant' %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
        {%- generation %}
        {{- message['content'] | trim + '<|eot_id|>' }}
        {%- endgeneration %}
    {%- else %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
`;
