/**
 * SmolLM2's ChatML with its default system prompt. TRL knows no training template for this family: what is marked here
 * is what TRL marks for Qwen2.5, from the newline after the header to the newline after `<|im_end|>`.
 */
export const smollm2Training = String.raw`{%- for message in messages %}
    {%- if loop.first and message['role'] != 'system' %}
        {{- '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n' }}
    {%- endif %}
    {{- '<|im_start|>' + message['role'] }}
    {%- if message['role'] == 'assistant' %}
        {%- generation %}
        {{- '\n' + message['content'] + '<|im_end|>\n' }}
        {%- endgeneration %}
    {%- else %}
        {{- '\n' + message['content'] + '<|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}`;
