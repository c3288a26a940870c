/**
 * Alpaca: instruction, input, response. A system turn takes the place of the opening sentences; a question that carries
 * `input` gets its own section. Later exchanges repeat the sections. Trained: the response and the end-of-text token.
 */
export const alpacaPreset = String.raw`{%- if bos_token is defined and bos_token in ['<s>', '<bos>', '<|begin_of_text|>', '<|startoftext|>'] %}
    {{- bos_token }}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {{- messages[0]['content'] | trim + '\n\n' }}
{%- elif messages[0]['input'] %}
    {{- 'Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n' }}
{%- else %}
    {{- 'Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message['role'] == 'user' %}
        {{- '### Instruction:\n' + message['content'] | trim + '\n\n' }}
        {%- if message['input'] %}
            {{- '### Input:\n' + message['input'] | trim + '\n\n' }}
        {%- endif %}
    {%- elif message['role'] == 'assistant' %}
        {{- '### Response:\n' }}
        {%- generation %}
        {{- message['content'] | trim + eos_token }}
        {%- endgeneration %}
        {%- if not loop.last or add_generation_prompt %}
            {{- '\n\n' }}
        {%- endif %}
    {%- elif message['role'] != 'system' or not loop.first %}
        {{- raise_exception('the Alpaca format knows user and assistant turns and one system turn at the start, got the role ' + message['role']) }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '### Response:\n' }}
{%- endif %}
`;
