/**
 * Zephyr: every turn ends with the end-of-text token and a newline. TRL knows no training template for this family: what
 * is marked here is the answer and its end token; a turn of another role than the three is left out, as the stock
 * template does it.
 */
export const zephyrTraining = String.raw`{%- for message in messages %}
    {%- if message['role'] == 'user' %}
        {{- '<|user|>\n' + message['content'] + eos_token + '\n' }}
    {%- elif message['role'] == 'system' %}
        {{- '<|system|>\n' + message['content'] + eos_token + '\n' }}
    {%- elif message['role'] == 'assistant' %}
        {{- '<|assistant|>\n' }}
        {%- generation %}
        {{- message['content'] + eos_token }}
        {%- endgeneration %}
        {{- '\n' }}
    {%- endif %}
    {%- if loop.last and add_generation_prompt %}
        {{- '<|assistant|>\n' }}
    {%- endif %}
{%- endfor %}`;
