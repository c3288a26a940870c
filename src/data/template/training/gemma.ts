/**
 * Gemma and Gemma 2 with {% generation %} around what the assistant writes: the template that TRL trains this family with
 * (huggingface/trl 1.13.0, trl/chat_templates/gemma_training.jinja, Copyright 2020-2026 The HuggingFace Team,
 * Apache License 2.0; its head comment is left out here).
 */
export const gemmaTraining = `{{- bos_token -}}
{%- if messages[0]['role'] == 'system' -%}
    {{- raise_exception('System role not supported') -}}
{%- endif -%}
{%- for message in messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{- raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') -}}
    {%- endif -%}
    {%- if message['role'] == 'assistant' -%}
        {{- '<start_of_turn>model\\n' -}}
        {%- generation -%}
            {{- message['content'] | trim + '<end_of_turn>\\n' -}}
        {%- endgeneration -%}
    {%- else -%}
        {{- '<start_of_turn>' + message['role'] + '\\n' + message['content'] | trim + '<end_of_turn>\\n' -}}
    {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{- '<start_of_turn>model\\n' -}}
{%- endif -%}
`;
