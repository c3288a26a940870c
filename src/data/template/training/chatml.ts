/** ChatML without a default system prompt: the built-in model's, and many base models'. Trains what Qwen2.5's does. */
export const chatmlTraining = `{%- for message in messages %}
    {{- '<|im_start|>' + message['role'] }}
    {%- if message['role'] == 'assistant' %}
        {%- generation %}
        {{- '\\n' + message['content'] + '<|im_end|>\\n' }}
        {%- endgeneration %}
    {%- else %}
        {{- '\\n' + message['content'] + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}`;
